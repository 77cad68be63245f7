import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { EvidenceError } from "./error.js";

/** A file that this process alone may write. */
export interface FileLock {
  release(): Promise<void>;
}

/** Who claims a file, as read from the name of a claim. */
interface Claim {
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly birth: string;
}

/**
 * Claim a file for this process.
 *
 * A claim is an empty file beside the target whose name says who claims it. Everybody claims first and looks round
 * afterwards: of two that claim, at least the later one sees the other and withdraws, so that never two hold the file
 * (both withdraw where they come at once). The claim of a process that has died is removed.
 *
 * @throws EvidenceError CHAIN_LOCKED
 */
export async function lockFile(target: string): Promise<FileLock> {
  const folder = path.dirname(target);
  const prefix = `.${path.basename(target)}.lock.`;
  const host = hostToken();
  const birth = await birthOf(process.pid);
  const own = `${prefix}${host}.${process.pid}.${birth ?? "0"}.${randomBytes(6).toString("hex")}`;
  const release = (): Promise<void> => rm(path.join(folder, own), { force: true });
  await writeFile(path.join(folder, own), "", { flag: "wx" });
  try {
    for (const claim of await otherClaims(folder, prefix, own)) {
      if (await isAlive(claim, host)) throw locked(target, folder, claim);
      await rm(path.join(folder, claim.name), { force: true });
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

async function otherClaims(folder: string, prefix: string, own: string): Promise<Claim[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => name.startsWith(prefix) && name !== own)
    .map((name) => {
      const [host = "", pid = "", birth = ""] = name.slice(prefix.length).split(".");
      return { name, host, pid: Number(pid), birth };
    });
}

/** Whether the claimant may still be writing. Of another machine nothing can be known, so it may. */
async function isAlive(claim: Claim, host: string): Promise<boolean> {
  if (claim.host !== host || !Number.isInteger(claim.pid) || claim.pid <= 0) return true;
  const birth = await birthOf(claim.pid);
  if (birth !== null) return birth === claim.birth;
  try {
    process.kill(claim.pid, 0);
    // On Linux it answers but has no birth: it has ended, and only its parent has not yet taken note.
    return process.platform !== "linux";
  } catch (error) {
    // Whatever may not be signalled exists, even where its entry in /proc is hidden from other users.
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

/**
 * When a process was born, as a word that no other process of that number shares; null where that cannot be told or
 * there is no such process. Numbers of processes are used again, above all in containers.
 */
async function birthOf(pid: number): Promise<string | null> {
  if (process.platform !== "linux") {
    return pid === process.pid ? String(Math.round(performance.timeOrigin)) : null;
  }
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    // The name, in brackets, may hold anything; the state is the first field after it, the start time the twentieth.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state] = fields;
    const start = fields[19];
    if (start === undefined || state === "Z" || state === "X") return null;
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "latin1");
    return `${start}-${boot.slice(0, 8)}`;
  } catch {
    return null;
  }
}

function hostToken(): string {
  return createHash("sha256").update(hostname()).digest("hex").slice(0, 12);
}

function locked(target: string, folder: string, claim: Claim): EvidenceError {
  return new EvidenceError(
    "CHAIN_LOCKED",
    `"${path.basename(target)}" is being written by process ${claim.pid}`,
    `Wait for it to finish; if it ran on another machine and is gone, remove ${path.join(folder, claim.name)}.`,
  );
}
