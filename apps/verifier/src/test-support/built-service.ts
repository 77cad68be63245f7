import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

/** The verifier as it is built and as users start it, in a process and with a folder of its own. */
export interface BuiltService {
  readonly address: string;
  /** Link that signs in once. */
  readonly signIn: string;
  readonly folder: string;
  readonly close: () => Promise<void>;
}

export async function startBuiltService(): Promise<BuiltService> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "indicia-page-"));
  const program = path.join(import.meta.dirname, "../../dist/main.js");
  const args = [program, "serve", "--port", "0", "--data", path.join(folder, "data"), "--log-level", "error"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    const said: unknown = JSON.parse(line);
    if (typeof said !== "object" || said === null || !("signIn" in said) || !("address" in said)) continue;
    return {
      address: String(said.address),
      signIn: String(said.signIn),
      folder,
      close: async () => {
        child.kill("SIGTERM");
        await exited;
        rmSync(folder, { recursive: true, force: true });
      },
    };
  }
  throw new Error("the service did not start");
}
