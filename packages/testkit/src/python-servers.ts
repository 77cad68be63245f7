import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type PythonEnvironment, pythonEnvironment } from "./python.js";

/** A server loads its packages in some seconds; a busy machine takes longer. */
const START_MS = 90_000;
/** Between two looks whether it is up. */
const LOOK_MS = 100;
/** Characters of its last words that an error repeats. */
const MAX_WORDS = 2000;

const FOLDER = fileURLToPath(new URL("../python/servers/", import.meta.url));

/** A virtual environment with every model server that a script of `python/servers` starts, as pinned there. */
export function serverEnvironment(): Promise<PythonEnvironment> {
  return pythonEnvironment(["--requirement", `${FOLDER}requirements.txt`]);
}

export interface PythonServer {
  /** One for each that was asked for, in order. */
  readonly ports: readonly number[];
  /** End it with all its processes, once or more often. */
  stop(): Promise<void>;
}

export interface PythonServerOptions {
  /** File in `python/servers`, which takes ports first. */
  readonly script: string;
  /** How many ports it listens to. */
  readonly ports: number;
  /** Further arguments. */
  readonly args: readonly string[];
  /** Page of the first port that is answered with 200 once it is up. */
  readonly page: string;
}

/**
 * Start a server that is not ours on free ports of loopback.
 *
 * @throws Error with its last words where it does not come up
 */
export async function startPythonServer(
  { python }: PythonEnvironment,
  { script, ports: count, args, page }: PythonServerOptions,
): Promise<PythonServer> {
  const ports = await freePorts(count);
  const child = spawn(python, [`${FOLDER}${script}`, ...ports.map(String), ...args], {
    // A group of its own, so that the processes it starts end with it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    // What Python compiles belongs to the environment, not beside our scripts.
    env: {
      ...process.env,
      PYTHONUNBUFFERED: "1",
      PYTHONPYCACHEPREFIX: path.join(path.dirname(python), "..", "compiled"),
    },
  });
  let words = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      words = `${words}${chunk.toString()}`.slice(-MAX_WORDS);
    });
  try {
    await answering(child, `http://127.0.0.1:${ports[0] ?? 0}${page}`);
  } catch (cause) {
    await ended(child);
    throw new Error(`${script} did not come up: ${words}`, { cause });
  }
  return { ports, stop: () => ended(child) };
}

async function answering(child: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (child.exitCode === null && performance.now() < deadline) {
    const up = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (up) return;
    await sleep(LOOK_MS);
  }
  throw new Error(child.exitCode === null ? "it took too long" : `it ended with ${child.exitCode}`);
}

async function ended(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  process.kill(-pid, "SIGKILL");
  await exit;
}

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      server.close();
      await once(server, "close");
      return typeof address === "object" && address !== null ? address.port : 0;
    }),
  );
}
