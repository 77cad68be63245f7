import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Short enough not to be felt, long enough to cost nothing. */
const POLL_MS = 200;

/**
 * Do something while no other process does it. A lock whose holder has died is taken over.
 *
 * @template T
 * @param {string} file the lock; holds the process id of its holder
 * @param {() => Promise<T>} action
 * @param {(holder: number) => void} onWait called once, where another process has to be waited for
 * @returns {Promise<T>}
 */
export async function withLock(file, action, onWait) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let waited = false;
  while (!take(file)) {
    const holder = holderOf(file);
    if (holder === null || (!isAlive(holder) && removeStale(file, holder))) continue;
    if (!waited) onWait(holder);
    waited = true;
    await sleep(POLL_MS);
  }
  try {
    return await action();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

/** @param {string} file */
function take(file) {
  // Written under another name and linked: a lock is never seen without the name of its holder.
  const own = `${file}.${process.pid}`;
  fs.writeFileSync(own, String(process.pid));
  try {
    fs.linkSync(own, file);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    fs.rmSync(own, { force: true });
  }
}

/**
 * @param {string} file
 * @returns {number | null} null where the lock has just been released
 */
function holderOf(file) {
  try {
    return Number(fs.readFileSync(file, "utf8"));
  } catch (error) {
    if (isCode(error, "ENOENT")) return null;
    throw error;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

/**
 * Of several that find the same dead holder only one removes its lock; whoever got hold of a newer lock puts it back.
 *
 * @param {string} file
 * @param {number} holder
 * @returns {boolean} false where another was faster
 */
function removeStale(file, holder) {
  const aside = `${file}.stale-${process.pid}`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if (isCode(error, "ENOENT")) return false;
    throw error;
  }
  const stale = holderOf(aside) === holder;
  if (!stale) fs.linkSync(aside, file);
  fs.rmSync(aside, { force: true });
  return stale;
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function isCode(error, code) {
  return error instanceof Error && "code" in error && error.code === code;
}
