import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BenchError } from "../error.js";
import { type Server, startProgram } from "../gateway/server.js";
import { rootPath } from "../root.js";

/** A machine under load leaves a kept connection unused until the service closes it: what only reads is asked again. */
const READ_ATTEMPTS = 5;
const PAUSE_MS = 250;

/** A verifier in a process of its own, with an API key of its admin. */
export interface Verifier extends Pick<Server, "address" | "memory" | "processorSeconds"> {
  readonly key: string;
  /** Ids of that admin and of his key. */
  readonly own: readonly string[];
  /** Ask it by the key; `path` is relative to `/api/v1`. */
  readonly call: (path: string, init?: RequestInit) => Promise<Response>;
  readonly stop: () => Promise<void>;
}

const JSON_TYPE = { "content-type": "application/json" };

/** Start a verifier as users start it, on the embedded database in a folder that `stop` removes. */
export async function startVerifier(...flags: readonly string[]): Promise<Verifier> {
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-bench-verifier-"));
  const program = rootPath("apps", "verifier", "dist", "main.js");
  const usual = [
    "--data",
    folder,
    "--port",
    "0",
    "--log-level",
    "error",
    "--requests-per-minute",
    "10000000",
  ];
  const server = await startProgram(program, [...usual, ...flags]);
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const { key, own } = await makeKey(server);
    const call = (at: string, init: RequestInit = {}): Promise<Response> => {
      const headers = new Headers(init.headers);
      headers.set("authorization", `Bearer ${key}`);
      return fetchAgain(`${server.address}/api/v1${at}`, { ...init, headers });
    };
    return {
      address: server.address,
      memory: () => server.memory(),
      processorSeconds: () => server.processorSeconds(),
      key,
      own,
      call,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function fetchAgain(url: string, init: RequestInit): Promise<Response> {
  const isRead = init.method === undefined || init.method === "GET";
  for (let left = isRead ? READ_ATTEMPTS : 1; ; left--) {
    try {
      return await fetch(url, init);
    } catch (error) {
      if (left <= 1) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** Sign in by the link that a first start prints, and make a key. */
async function makeKey({
  address,
  started,
}: Server): Promise<{ readonly key: string; readonly own: readonly string[] }> {
  const ticket = /#ticket=(.+)$/.exec(String(started["signIn"]))?.[1];
  const signedIn = await post(`${address}/api/v1/session`, { ticket }, {});
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  const { csrf, user } = (await signedIn.json()) as {
    readonly csrf: string;
    readonly user: { readonly id: string };
  };
  const asked = { name: "bench", role: "admin", expires: null };
  const made = await post(`${address}/api/v1/keys`, asked, { cookie, "x-csrf-token": csrf });
  const { key, id } = (await made.json()) as { readonly key: string; readonly id: string };
  return { key, own: [user.id, id] };
}

async function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const init = { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) };
  const answer = await fetch(url, init);
  if (answer.ok) return answer;
  throw new BenchError(
    "COMMAND_FAILED",
    `${url} answered ${answer.status}`,
    "Look at what the verifier says.",
  );
}
