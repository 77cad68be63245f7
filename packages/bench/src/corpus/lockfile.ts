import { BenchError } from "../error.js";

/**
 * Packages that the lockfile installs on every platform, as `name@version`: the keys of its `snapshots`, without the
 * peers in brackets and without those marked `optional`, which one platform gets and another does not.
 *
 * Reads the indentation that pnpm writes rather than YAML at large.
 *
 * @throws BenchError LOCKFILE_INVALID where there are no snapshots
 */
export function lockedPackages(text: string): Set<string> {
  const lines = text.split(/\r?\n/);
  const from = lines.indexOf("snapshots:");
  if (from < 0) {
    throw new BenchError(
      "LOCKFILE_INVALID",
      "the lockfile lists no snapshots",
      "Install with the pnpm that package.json names.",
    );
  }
  const everywhere = new Set<string>();
  let current: string | null = null;
  for (const line of lines.slice(from + 1)) {
    if (/^\S/.test(line)) break;
    const key = /^ {2}'?([^'\s]+?)'?:(?: \{\})?$/.exec(line)?.[1];
    if (key !== undefined) {
      current = key.replace(/\(.*$/, "");
      everywhere.add(current);
    } else if (line === "    optional: true" && current !== null) {
      everywhere.delete(current);
    }
  }
  return everywhere;
}
