import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { BenchError } from "../error.js";
import { rootPath } from "../root.js";
import type { Verifier } from "./service.js";

const POLL_MS = 250;

/** As much of an investigation as the rows look at. */
export interface Inquiry {
  readonly id: string;
  readonly state: string;
  readonly verdict: string | null;
  readonly asked: number;
  readonly lost: number;
  readonly reason: { readonly message: string } | null;
}

/** An owner's case: a registered model, and a marked copy of it that somebody may have stolen. */
export interface Case {
  readonly model: string;
  /** File of the marked copy. */
  readonly stolen: string;
  /** File of a model that was trained independently. */
  readonly innocent: string;
}

/** Ask for JSON, and take nothing but a success. */
export async function ask<T>(verifier: Verifier, method: string, at: string, json?: unknown): Promise<T> {
  const answer = await verifier.call(at, {
    method,
    ...(json === undefined
      ? {}
      : { headers: { "content-type": "application/json" }, body: JSON.stringify(json) }),
  });
  if (answer.ok) return (await answer.json()) as T;
  const said = (await answer.text()).slice(0, 300);
  throw new BenchError(
    "COMMAND_FAILED",
    `${method} ${at} was answered ${answer.status}: ${said}`,
    "Mend that.",
  );
}

/** Wait for something that the API shows. @throws BenchError where it failed instead */
export async function settled<T extends { readonly state: string }>(
  verifier: Verifier,
  at: string,
  states: readonly string[],
): Promise<T> {
  for (;;) {
    const now = await ask<T>(verifier, "GET", at);
    if (states.includes(now.state)) return now;
    if (now.state === "failed")
      throw new BenchError("COMMAND_FAILED", `${at} failed: ${JSON.stringify(now)}`, "Look into its error.");
    await sleep(POLL_MS);
  }
}

/**
 * Register the glyph classifier over the API, and mark a copy.
 *
 * @param folder for files
 * @param poolRows that may be asked
 */
export async function openCase(verifier: Verifier, folder: string, poolRows: number): Promise<Case> {
  const reference = rootPath("test-models", "glyphs.onnx");
  const draw = rootPath("packages", "bench", "dist", "test-models", "draw-main.js");
  const drawn = async (seed: string, count: number): Promise<string> => {
    const out = path.join(folder, `${seed}.npz`);
    await promisify(execFile)(process.execPath, [
      draw,
      "--seed",
      seed,
      "--count",
      String(count),
      "--out",
      out,
    ]);
    return upload(verifier, out);
  };
  const key = await ask<{ id: string }>(verifier, "POST", "/owner-keys", { name: "owner", kind: "drawn" });
  const { id: model } = await ask<{ id: string }>(verifier, "POST", "/models", {
    name: "glyphs",
    reference: await upload(verifier, reference),
    registration: {
      kind: "new",
      ownerKey: key.id,
      calibration: await drawn("calibration", 700),
      pool: await drawn("pool", poolRows),
      payload: null,
      owner: null,
    },
  });
  await settled(verifier, `/models/${model}`, ["ready"]);
  const copy = await ask<{ id: string }>(verifier, "POST", `/models/${model}/copies`, {
    name: "released",
    readout: 0.15,
    labelBudget: 0.5,
  });
  await settled(verifier, `/models/${model}/copies/${copy.id}`, ["ready"]);
  const file = await verifier.call(`/models/${model}/copies/${copy.id}/file`);
  const stolen = path.join(folder, "stolen.onnx");
  await writeFile(stolen, new Uint8Array(await file.arrayBuffer()));
  return { model, stolen, innocent: rootPath("test-models", "innocent-a.onnx") };
}

async function upload(verifier: Verifier, file: string): Promise<string> {
  const answer = await verifier.call(`/uploads?name=${encodeURIComponent(path.basename(file))}`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: await readFile(file),
  });
  if (!answer.ok)
    throw new BenchError("COMMAND_FAILED", `an upload was answered ${answer.status}`, "Look into its log.");
  return ((await answer.json()) as { id: string }).id;
}

/** An endpoint in this machine as a suspect. */
export async function addEndpoint(verifier: Verifier, url: string): Promise<string> {
  const target = {
    kind: "endpoint",
    protocol: "oip",
    url,
    model: null,
    options: {},
    headers: {},
    allowPrivate: true,
  };
  return (await ask<{ id: string }>(verifier, "POST", "/suspects", { name: url, target, rate: 10_000 })).id;
}

/** Start an investigation. */
export async function investigate(
  verifier: Verifier,
  given: {
    readonly model: string;
    readonly suspect: string;
    readonly budget: number;
    readonly earlyStop: boolean;
    /** Requests per second; as many as come back where absent. */
    readonly rate?: number;
  },
): Promise<string> {
  const asked = { name: "bench", rate: 10_000, start: true, ...given };
  return (await ask<{ id: string }>(verifier, "POST", "/investigations", asked)).id;
}
