import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { endOnSignal } from "@indicia/service/end-on-signal";
import { issueTicket } from "../access/tickets.js";
import { serve, type Running } from "../commands/serve.js";
import { readSettings } from "../config/read-settings.js";
import { signIn } from "./own-client.js";
import type { Server } from "./programs.js";
import { setStage } from "./stage.js";

/** `npm start`: the verifier, with an investigation of a thief already running in it. */

const USAGE = "Usage: npm start -- [--port 8080] [--data FOLDER]";

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

interface Options {
  readonly port: string;
  /** Null for a folder that is removed at the end. */
  readonly data: string | null;
}

function readOptions(args: readonly string[]): Options | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { port: { type: "string" }, data: { type: "string" } },
    });
    return { port: values.port ?? "0", data: values.data ?? null };
  } catch {
    return null;
  }
}

async function start({ port, data }: Options): Promise<void> {
  const folder = data === null ? await mkdtemp(path.join(tmpdir(), "indicia-verifier-")) : path.resolve(data);
  const aborting = new AbortController();
  const servers: Server[] = [];
  let running: Running | null = null;
  const end = async (): Promise<void> => {
    aborting.abort();
    await Promise.all(servers.map(({ stop }) => stop()));
    await running?.close();
    if (data === null) await rm(folder, { recursive: true, force: true });
  };
  endOnSignal({ close: end, signals: ["SIGINT", "SIGTERM", "SIGHUP"] });
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const settings = await readSettings({ data: path.join(folder, "data"), port, "log-level": "error" }, {});
    running = await serve(settings, {});
    const { address, services } = running;
    if (address === null) throw new Error("the service does not answer");
    say(`The verifier runs at ${address}`);
    say(running.signIn === null ? "Sign in there." : `Open ${running.signIn}`);
    if (running.signIn !== null) say("The link signs you in, once. Ctrl-C ends everything.");
    const { tables } = services.database;
    const known = await tables.selectFrom("models").select("id").executeTakeFirst();
    if (known !== undefined) {
      say("There is a model already, so nothing is made here.");
      return;
    }
    const admin = await tables
      .selectFrom("users")
      .select("id")
      .where("role", "=", "admin")
      .orderBy("id")
      .executeTakeFirstOrThrow();
    const client = await signIn(address, await issueTicket(services, admin.id));
    await setStage({ services, client, folder, say, signal: aborting.signal, servers });
  } catch (error) {
    if (aborting.signal.aborted) return;
    process.stderr.write(`DEMO_FAILED: ${error instanceof Error ? error.message : String(error)}\n`);
    await end();
    process.exitCode = 3;
  }
}

const options = readOptions(process.argv.slice(2));
if (options === null) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else await start(options);
