import type { Candidate } from "./scan.js";

/** Names under which most packages carry much the same text. */
const BOILERPLATE = /^(licen[cs]e|copying|notice|thirdpartynotice|third-party)/;
/** Names that say nothing without the folder around them. */
const GENERIC: ReadonlySet<string> = new Set(["index", "types", "main", "mod"]);

/**
 * Put files together that one split only may hold: the same content, the same ends, or the same name in one package,
 * whatever its version and whatever was compiled from it (`x.js`, `x.cjs`, `x.d.ts`, `x.js.map`).
 *
 * @returns for every candidate its group, named by its smallest key, in the order given
 */
export function nearDuplicateGroups(candidates: readonly Candidate[]): string[] {
  const parent = new Map<string, string>();
  const find = (key: string): string => {
    let root = key;
    for (let next = parent.get(root); next !== undefined && next !== root; next = parent.get(root))
      root = next;
    parent.set(key, root);
    return root;
  };
  const join = (a: string, b: string): void => {
    const x = find(a);
    const y = find(b);
    if (x < y) parent.set(y, x);
    else if (y < x) parent.set(x, y);
  };
  for (const candidate of candidates) {
    const name = nameKey(candidate);
    join(name, `\u{10ffff}content ${candidate.sha256}`);
    join(name, `\u{10ffff}ends ${candidate.ends}`);
  }
  return candidates.map((candidate) => find(nameKey(candidate)));
}

/** The name that a file shares with its near-duplicates. */
export function nameKey({ owner, file, folder }: Pick<Candidate, "owner" | "file" | "folder">): string {
  const stem = file.replace(/^\.+/, "").replace(/\..*$/, "");
  if (BOILERPLATE.test(stem)) return "boilerplate";
  return GENERIC.has(stem) ? `${owner} ${folder}/${stem}` : `${owner} ${stem}`;
}
