import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const GATEWAY: string = path.join(ROOT, "apps", "gateway", "dist", "main.js");
const DRAW: string = path.join(ROOT, "packages", "bench", "dist", "test-models", "draw-main.js");

/** Name under which the demo's models are served. */
export const SERVED_NAME = "classifier";

/** A model of the checkout's. */
export function testModel(name: string): string {
  return path.join(ROOT, "test-models", `${name}.onnx`);
}

/** Draw inputs of the test models into a .npz file. */
export async function drawInputs(seed: string, count: number, out: string): Promise<void> {
  const args = [DRAW, "--seed", seed, "--count", String(count), "--out", out];
  await promisify(execFile)(process.execPath, args);
}

/** Somebody's server, in a process that is given the model's file and nothing else. */
export interface Server {
  readonly address: string;
  readonly stop: () => Promise<void>;
}

/** Serve a model by the Open Inference Protocol, from a process of its own. @param output what of an answer it gives */
export async function serveModel(file: string, output: "full" | "labels"): Promise<Server> {
  const args = [GATEWAY, "--model", file, "--name", SERVED_NAME, "--output", output];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const line = await Promise.race([once(createInterface({ input: child.stdout }), "line"), exited]);
  if (typeof line[0] !== "string") throw new Error("the suspect's server did not start");
  const { address } = JSON.parse(line[0]) as { readonly address: string };
  return {
    address: `${address}/v2/models/${SERVED_NAME}`,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
