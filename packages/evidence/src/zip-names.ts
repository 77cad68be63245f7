import { altered } from "./error.js";

/** Longest name: what every file system in use can hold with room for a folder before it. */
export const MAX_NAME_LENGTH = 200;

/** One or more words parted by slashes; no word begins or ends with a dot. Leaves no way out of a folder. */
const NAME =
  /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?(?:\/[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?)*$/;

/** Whether a name is one that can be unpacked anywhere as it is. */
export function isEntryName(name: string): boolean {
  return name.length <= MAX_NAME_LENGTH && NAME.test(name);
}

/** Takes names in the order of the archive. */
export interface NameCheck {
  /** @throws EvidenceError ZIP_NAME, ZIP_DUPLICATE, ZIP_COLLISION, ZIP_ORDER */
  add(name: string): void;
}

/** Names that are safe, sorted, and different on every file system. */
export function createNameCheck(): NameCheck {
  const files = new Set<string>();
  const folders = new Set<string>();
  /** Lower-case names of files and folders: some file systems take "A" and "a" for the same. */
  const taken = new Map<string, string>();
  let last = "";
  return {
    add(name) {
      if (!isEntryName(name))
        throw altered("ZIP_NAME", `the archive has an entry with an unsafe name ${quoted(name)}`);
      if (files.has(name)) throw altered("ZIP_DUPLICATE", `the archive has "${name}" twice`);
      for (const folder of foldersOf(name)) {
        claim(taken, folder);
        folders.add(folder);
        if (files.has(folder)) throw altered("ZIP_COLLISION", `"${folder}" is both a file and a folder`);
      }
      claim(taken, name);
      if (folders.has(name)) throw altered("ZIP_COLLISION", `"${name}" is both a file and a folder`);
      if (name < last) throw altered("ZIP_ORDER", `"${name}" is out of order in the archive`);
      files.add(name);
      last = name;
    },
  };
}

function claim(taken: Map<string, string>, name: string): void {
  const lower = name.toLowerCase();
  const other = taken.get(lower) ?? name;
  if (other !== name) throw altered("ZIP_COLLISION", `"${name}" and "${other}" differ only in case`);
  taken.set(lower, name);
}

function foldersOf(name: string): string[] {
  const words = name.split("/");
  return words.slice(1).map((_, i) => words.slice(0, i + 1).join("/"));
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, MAX_NAME_LENGTH));
}
