import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

/** Where Debian keeps the programs of each version; they are not on the path. */
const DEBIAN = "/usr/lib/postgresql";
/** A server is up within a second; a busy machine may take longer. */
const START_MS = 60_000;

/** A PostgreSQL server of this test alone. */
export interface PostgresServer {
  readonly url: string;
  /** End it, once or more often. */
  stop(): Promise<void>;
}

/**
 * Start a PostgreSQL server from Debian's package, on a socket in a folder of its own. It refuses to run as root, so there
 * it runs as the user that the package made.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(path.join(tmpdir(), "indicia-pg-"));
  const data = path.join(folder, "data");
  const user = await userOf();
  if (user !== null) chownSync(folder, user.uid, user.gid);
  const programs = programFolder();
  const identity = { ...user, cwd: folder };
  await promisify(execFile)(
    path.join(programs, "initdb"),
    ["-D", data, "-A", "trust", "-U", "indicia", "--no-sync", "-E", "UTF8", "--locale=C"],
    identity,
  );
  const child = spawn(
    path.join(programs, "postgres"),
    ["-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"],
    { ...identity, stdio: ["ignore", "ignore", "pipe"] },
  );
  await started(child);
  return {
    url: `postgres://indicia@/postgres?host=${encodeURIComponent(folder)}`,
    async stop() {
      if (child.exitCode === null) {
        child.kill("SIGINT");
        await once(child, "exit");
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function started(child: ChildProcess): Promise<void> {
  let said = "";
  const deadline = setTimeout(() => child.kill("SIGKILL"), START_MS);
  try {
    await new Promise<void>((resolve, reject) => {
      child.stderr?.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes("ready to accept connections")) resolve();
      });
      child.once("error", reject);
      child.once("exit", () => reject(new Error(`the server did not start: ${said}`)));
    });
  } finally {
    clearTimeout(deadline);
  }
}

function programFolder(): string {
  const newest = readdirSync(DEBIAN)
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined) throw new Error(`there is no PostgreSQL under ${DEBIAN}`);
  return path.join(DEBIAN, newest, "bin");
}

async function userOf(): Promise<{ readonly uid: number; readonly gid: number } | null> {
  if (process.getuid?.() !== 0) return null;
  const id = async (flag: string): Promise<number> =>
    Number((await promisify(execFile)("id", [flag, "postgres"])).stdout);
  return { uid: await id("-u"), gid: await id("-g") };
}
