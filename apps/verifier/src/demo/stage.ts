import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { COPY_FILE, copyFolder } from "../models/model-files.js";
import type { Services } from "../services.js";
import type { MadeOwnerKey } from "../shapes/access.js";
import type { Investigation } from "../shapes/investigations.js";
import type { Model, ModelCopy } from "../shapes/models.js";
import type { Suspect } from "../shapes/suspects.js";
import type { OwnClient } from "./own-client.js";
import { drawInputs, type Server, serveModel, testModel } from "./programs.js";

const PAYLOAD = "Copy for Alice";
/** Calibration rows: with half as many, the label budget leaves the mark of some keys too weak to be found. */
const CALIBRATION_ROWS = 3000;
const POOL_ROWS = 1500;
/** Enough for a thief who gives away nothing but labels. */
const BUDGET = 640;
/** Requests per second: slow enough that somebody who opens the page sees the evidence grow. */
const RATE = 2;
const POLL_MS = 300;

/** What the demo needs, and whom it tells. */
export interface Stage {
  readonly services: Services;
  readonly client: OwnClient;
  /** Folder for what the owner keeps. */
  readonly folder: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Takes the suspects' servers, so that whoever ends the demo can stop them. */
  readonly servers: Server[];
}

/**
 * Play owner and thief: register the glyphs, release a marked copy that somebody serves, and investigate him and an honest
 * competitor.
 */
export async function setStage(stage: Stage): Promise<void> {
  const { say, servers } = stage;
  say("The owner registers a model; see Models.");
  const model = await registerGlyphs(stage);
  say("The owner marks a copy and releases it. A thief serves it, and answers with labels only.");
  const suspects = [
    ["A thief's endpoint", await releaseCopy(stage, model), "labels"],
    ["An honest competitor's endpoint", testModel("innocent-a"), "full"],
  ] as const;
  const investigations: Investigation[] = [];
  for (const [name, file, output] of suspects) {
    const server = await serveModel(file, output);
    servers.push(server);
    investigations.push(await investigate(stage, model, { name, server }));
  }
  say("Both are being investigated; see Investigations.");
  for (const { id, name } of investigations) {
    const ended = await eventually(
      stage,
      () => stage.client.get<Investigation>(`/investigations/${id}`),
      isOver,
    );
    const { verdict, log10P, reason } = ended;
    say(
      `${name}: ${verdict === null ? (reason?.message ?? ended.state) : `${verdict}, log10 p ${log10P?.toFixed(1)}`}.`,
    );
  }
}

async function registerGlyphs(stage: Stage): Promise<Model> {
  const { client, folder } = stage;
  const data = await Promise.all(
    Object.entries({ calibration: CALIBRATION_ROWS, pool: POOL_ROWS }).map(async ([name, rows]) => {
      const file = path.join(folder, `${name}.npz`);
      await drawInputs(`demo ${name}`, rows, file);
      return await client.upload(file);
    }),
  );
  const key = await client.post<MadeOwnerKey>("/owner-keys", { name: "Key of the glyphs", kind: "drawn" });
  const file = key.file ?? "";
  await writeFile(path.join(folder, "owner.key"), file, { mode: 0o600 });
  const made = await client.post<Model>("/models", {
    name: "Glyphs",
    notes: "Twenty classes of drawn glyphs, made for this demo.",
    reference: await client.upload(testModel("glyphs")),
    registration: {
      kind: "new",
      ownerKey: key.id,
      calibration: data[0],
      pool: data[1],
      payload: PAYLOAD,
      owner: "Example Ltd",
    },
  });
  const isDone = ({ state }: Model): boolean => state !== "registering";
  const model = await eventually(stage, () => client.get<Model>(`/models/${made.id}`), isDone);
  if (model.error !== null) throw new Error(`${model.error.code}: ${model.error.message}`);
  return model;
}

/** @returns path of the marked copy */
async function releaseCopy(stage: Stage, model: Model): Promise<string> {
  const { client, services } = stage;
  const at = `/models/${model.id}/copies`;
  const { id } = await client.post<ModelCopy>(at, { name: "Release" });
  const copy = await eventually(
    stage,
    () => client.get<ModelCopy>(`${at}/${id}`),
    ({ state }) => state !== "marking",
  );
  if (copy.error !== null) throw new Error(`${copy.error.code}: ${copy.error.message}`);
  return path.join(copyFolder(services.data.model(model.id), id), COPY_FILE);
}

async function investigate(
  { client }: Stage,
  model: Model,
  { name, server }: { readonly name: string; readonly server: Server },
): Promise<Investigation> {
  const suspect = await client.post<Suspect>("/suspects", {
    name,
    notes: "Served by another process of this machine, which was given a file and nothing else.",
    rate: RATE,
    target: {
      kind: "endpoint",
      protocol: "oip",
      url: server.address,
      model: null,
      options: {},
      headers: {},
      allowPrivate: true,
    },
  });
  await client.post(`/suspects/${suspect.id}/inspect`);
  return await client.post<Investigation>("/investigations", {
    name: `Is it ours? ${name}`,
    model: model.id,
    suspect: suspect.id,
    budget: BUDGET,
    rate: RATE,
    earlyStop: false,
    start: true,
  });
}

function isOver({ state }: Investigation): boolean {
  return ["concluded", "failed", "cancelled", "paused"].includes(state);
}

async function eventually<T>(
  { signal }: Stage,
  look: () => Promise<T>,
  isThere: (seen: T) => boolean,
): Promise<T> {
  for (;;) {
    const seen = await look();
    if (isThere(seen)) return seen;
    await sleep(POLL_MS, undefined, { signal });
  }
}
