/** Folders of the data folder whose files go into a backup. */
const KEPT = /^(models|suspects|investigations|uploads)\//;

/**
 * Whether a backup has such a file: no key, which would be known to whoever has the archive; nothing of a database, which
 * holds more than rows; and nothing hidden, which is a lock or half written.
 *
 * @param name relative to the data folder, with slashes
 */
export function isKept(name: string): boolean {
  return KEPT.test(name) && !/\/\./.test(name);
}
