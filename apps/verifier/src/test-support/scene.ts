import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { readRegistration } from "@indicia/core/registration-folder";
import type { Context } from "@indicia/operations/context";
import { mark } from "@indicia/operations/mark";
import { register } from "@indicia/operations/register";
import type { Tensor } from "@indicia/onnx/tensor";
import { openOnnxBlackBox } from "@indicia/suspects/index";
import {
  type CountingEndpoint,
  type CountingOptions,
  startCountingEndpoint,
} from "@indicia/testkit/counting-endpoint";
import { oncePerRun } from "@indicia/testkit/once-per-run";
import { tinyClassifier } from "@indicia/testkit/tiny-classifier";
import { readInvestigation } from "../investigations/rows.js";
import { summariseRegistration } from "../models/registration-summary.js";
import { newId } from "../new-id.js";
import type { Services } from "../services.js";
import type { Investigation } from "../shapes/investigations.js";
import type { EndpointTarget, FileTarget } from "../shapes/suspects.js";
import { SEALED_FOR } from "../secrets/purposes.js";

/** The checkout. */
export const ROOT: string = fileURLToPath(new URL("../../../../", import.meta.url));

/** The key of whoever owns the model of the scene. */
export const OWNER_KEY: Uint8Array = new Uint8Array(32).fill(9);

/** Files of an owner: `reference.onnx`, `registration/`, `stolen.onnx`, and `innocent.onnx` of somebody else. */
export function ownerFiles(): Promise<string> {
  return oncePerRun("verifier-owner", (folder) => {
    const at = (name: string): string => path.join(folder, name);
    writeFileSync(at("reference.onnx"), tinyClassifier({ seed: 1 }).bytes);
    writeFileSync(at("innocent.onnx"), tinyClassifier({ seed: 2 }).bytes);
    return makeOwner(folder, { calibration: "random:700", pool: "random:1000" });
  });
}

/** The same of the test models, which know drawn glyphs. */
export function glyphFiles(): Promise<string> {
  return oncePerRun("verifier-glyphs", async (folder) => {
    const at = (name: string): string => path.join(folder, name);
    cpSync(path.join(ROOT, "test-models/glyphs.onnx"), at("reference.onnx"));
    cpSync(path.join(ROOT, "test-models/innocent-a.onnx"), at("innocent.onnx"));
    const drawn = { calibration: at("calibration.npz"), pool: at("pool.npz") };
    const draw = path.join(ROOT, "packages/bench/dist/test-models/draw-main.js");
    for (const [seed, out] of Object.entries(drawn))
      await promisify(execFile)(process.execPath, [draw, "--seed", seed, "--count", "700", "--out", out]);
    await makeOwner(folder, drawn);
  });
}

async function makeOwner(
  folder: string,
  { calibration, pool }: { readonly calibration: string; readonly pool: string },
): Promise<void> {
  const at = (name: string): string => path.join(folder, name);
  const key = { held: OWNER_KEY };
  await register(
    {
      model: at("reference.onnx"),
      key,
      out: at("registration"),
      calibration,
      calibrationIsDefault: false,
      pool,
      shadows: null,
      payload: "Copy for Alice",
      owner: "Owner",
      secret: null,
      anchor: { authorities: [], roots: [], policy: null, allowPrivate: false, beacon: null },
    },
    QUIET,
  );
  await mark(
    {
      model: at("reference.onnx"),
      registration: at("registration"),
      key,
      rounds: [],
      out: at("stolen.onnx"),
      weights: 0.01,
      readout: 0.15,
      labelBudget: 0.5,
      payload: null,
      customer: null,
    },
    QUIET,
  );
}

export const QUIET: Context = {
  say: () => undefined,
  progress: () => ({ update: () => undefined, stop: () => undefined }),
  signal: new AbortController().signal,
  environment: {},
  now: () => new Date(),
  askSecret: null,
};

/** A registered model. @param key whether its owner key is in the service */
export async function addModel(
  { database, data, secrets }: Services,
  key: boolean,
  files: Promise<string> = ownerFiles(),
): Promise<string> {
  const id = newId(new Date());
  const owner = await files;
  mkdirSync(data.model(id), { recursive: true });
  cpSync(path.join(owner, "reference.onnx"), path.join(data.model(id), "reference.onnx"));
  cpSync(path.join(owner, "registration"), path.join(data.model(id), "registration"), { recursive: true });
  const registration = summariseRegistration(await readRegistration(path.join(owner, "registration")));
  const created = new Date();
  if (key) {
    const sealed = await secrets.seal(SEALED_FOR.ownerKey(id), OWNER_KEY);
    await database.tables.insertInto("owner_keys").values({ id, name: "key", created, sealed }).execute();
  }
  await database.tables
    .insertInto("models")
    .values({
      id,
      name: "model",
      notes: "",
      created,
      state: "ready",
      step: "null",
      error: "null",
      owner_key: key ? id : null,
      commitment: null,
      registration: JSON.stringify(registration),
    })
    .execute();
  return id;
}

/** A suspect that is an endpoint in this machine, or one of the owner's files. */
export async function addSuspect(
  { database, data }: Services,
  suspect: { readonly url: string; readonly rate?: number } | { readonly file: "stolen" | "innocent" },
): Promise<string> {
  const id = newId(new Date());
  let target: Omit<EndpointTarget, "headers"> | FileTarget;
  if ("url" in suspect) {
    const { url } = suspect;
    target = { kind: "endpoint", protocol: "oip", url, model: null, options: {}, allowPrivate: true };
  } else {
    mkdirSync(data.suspect(id), { recursive: true });
    cpSync(
      path.join(await ownerFiles(), `${suspect.file}.onnx`),
      path.join(data.suspect(id), "suspect.onnx"),
    );
    target = { kind: "file", protocol: "onnx", name: `${suspect.file}.onnx`, sha256: "", bytes: 0 };
  }
  await database.tables
    .insertInto("suspects")
    .values({
      id,
      name: "suspect",
      notes: "",
      created: new Date(),
      target: JSON.stringify(target),
      query: null,
      header_names: "[]",
      headers: null,
      rate: "url" in suspect ? (suspect.rate ?? 10_000) : 10_000,
      inspection: "null",
    })
    .execute();
  return id;
}

/** Serve one of the owner's files. */
export async function serve(
  file: "stolen" | "innocent",
  options: Pick<CountingOptions, "delayMs" | "instead"> & { readonly files?: Promise<string> } = {},
): Promise<CountingEndpoint> {
  const { files = ownerFiles(), ...counting } = options;
  const model = await openOnnxBlackBox(path.join(await files, `${file}.onnx`), Number.MAX_SAFE_INTEGER);
  const [input] = model.inputs;
  if (input === undefined) throw new RangeError("the model has no input");
  const recorder = { intent: async () => 0, answer: async () => undefined, lost: async () => undefined };
  const answer = async (numbers: Float32Array, dims: readonly number[]): Promise<number[][]> => {
    const tensor: Tensor = { type: "float32", dims: [...dims], data: numbers };
    const probes = Array.from({ length: dims[0] ?? 0 }, (_, i) => i);
    const answers = await model.query({ [input.name]: tensor }, probes, recorder);
    return answers.map((each) => (each.kind === "vector" ? [...each.values] : []));
  };
  const endpoint = await startCountingEndpoint({ input, answer, ...counting });
  return {
    ...endpoint,
    get requests() {
      return endpoint.requests;
    },
    close: async () => {
      await endpoint.close();
      await model.close();
    },
  };
}

/** Waits of a twentieth of a second: three minutes are far more than anything here takes. */
const MAX_WAITS = 3600;

/** Wait until an investigation is as it is to be. @throws where it came to another end */
export async function until(
  { database }: Services,
  id: string,
  isThere: (investigation: Investigation) => boolean,
): Promise<Investigation> {
  for (let waited = 0; ; waited++) {
    const now = await readInvestigation(database.tables, id);
    if (now === null) throw new RangeError(`there is no investigation ${id}`);
    if (isThere(now)) return now;
    if (["concluded", "failed", "cancelled"].includes(now.state))
      throw new Error(`${now.state}: ${JSON.stringify(now.reason)}`);
    if (waited > MAX_WAITS) throw new Error(`it goes no further: ${JSON.stringify(now)}`);
    await sleep(50);
  }
}

/** A folder of a test's own. */
export function temporaryFolder(): string {
  return mkdtempSync(path.join(process.env["TMPDIR"] ?? "/tmp", "indicia-verifier-"));
}
