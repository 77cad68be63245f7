import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import type { Insertable } from "kysely";
import type { ResourceTables } from "../database/resource-tables.js";
import { VerifierError } from "../error.js";
import type { SignedIn } from "../http/env.js";
import { newId } from "../new-id.js";
import type { Services } from "../services.js";
import type { NewModel } from "../shapes/models.js";
import { limited } from "../tasks/limited.js";
import { requireOutput } from "../tasks/require-output.js";
import { runTask } from "../tasks/run-task.js";
import { adoptUpload, dropUpload, type HeldUpload, requireUpload } from "../uploads/upload-store.js";
import type { ModelJobOptions } from "./job-options.js";
import { MODEL_FILES } from "./model-files.js";
import type { ModelRow } from "./model-store.js";
import { takeAnchor } from "./take-anchor.js";
import { openOwnerKey } from "./open-owner-key.js";
import type { StoredRegistration } from "./registration-summary.js";
import { SEALED_FOR } from "../secrets/purposes.js";

/** To look through and hash the largest model, with its external data. */
const CHECK_MS = 300_000;
/** Calibration data and pool are read in one piece, and unpacked beside it. */
const MAX_DATA_BYTES: number = 2 ** 30;
/** Endings by which data are read; a name that somebody gave decides nothing else. */
const DATA_KINDS = ["npz", "npy", "csv"] as const;

/** Two processes that read models are all that a small machine bears beside its investigations. */
const checking = limited({ atOnce: 2, waiting: 8 });

type Asked<Kind extends NewModel["registration"]["kind"]> = Extract<
  NewModel["registration"],
  { readonly kind: Kind }
>;

/**
 * Make a model of uploads: at once where its registration came along, in the background where it has to be made.
 *
 * @throws VerifierError UNPROCESSABLE for what cannot be used, CONFLICT where the registration is there already
 */
export async function createModel(
  services: Services,
  signedIn: SignedIn,
  asked: NewModel,
): Promise<ModelRow> {
  const id = newId(services.clock());
  const reference = await requireUpload(services, { id: asked.reference, userId: signedIn.userId });
  const folder = services.data.model(id);
  await mkdir(folder, { recursive: true });
  try {
    const making = { services, signedIn, asked, id, folder, reference };
    return asked.registration.kind === "new"
      ? await begin(making, asked.registration)
      : await takeUp(making, asked.registration);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

interface Making {
  readonly services: Services;
  readonly signedIn: SignedIn;
  readonly asked: NewModel;
  readonly id: string;
  readonly folder: string;
  readonly reference: HeldUpload;
}

/** A model that is registered in the background. */
async function begin(making: Making, registration: Asked<"new">): Promise<ModelRow> {
  const { services, id, reference } = making;
  await requireOwnerKeyRow(services, registration.ownerKey);
  const calibration = await takeData(making, registration.calibration, "calibration");
  const pool =
    registration.pool === null || registration.pool === registration.calibration
      ? null
      : await takeData(making, registration.pool, "pool");
  const anchor = await takeAnchor(making, registration.anchor);
  await placeReference(making);
  const payload =
    registration.payload === null
      ? null
      : await services.secrets.seal(SEALED_FOR.payload(id), new TextEncoder().encode(registration.payload));
  const row = rowOf(making, { state: "registering", ownerKey: registration.ownerKey, registration: null });
  const options: ModelJobOptions = {
    kind: "register",
    calibration: calibration.spec,
    pool: pool?.spec ?? null,
    owner: registration.owner,
    shadows: registration.shadows ?? 0,
    anchor: anchor.options,
  };
  await services.database.tables.transaction().execute(async (tables) => {
    await tables.insertInto("models").values(stored(row)).execute();
    await tables
      .insertInto("model_jobs")
      .values({ id, model: id, copy: null, options: JSON.stringify(options), payload, created: row.created })
      .execute();
  });
  const used = [reference.id, calibration.upload, pool?.upload ?? null, anchor.upload];
  for (const upload of new Set(used)) if (upload !== null) await dropUpload(services, upload);
  return row;
}

/** A model whose registration was made elsewhere. */
async function takeUp(making: Making, { upload: uploadId, ownerKey }: Asked<"folder">): Promise<ModelRow> {
  const { services, signedIn, folder, reference } = making;
  const upload = await requireUpload(services, { id: uploadId, userId: signedIn.userId });
  const key = ownerKey === null ? null : await openOwnerKey(services, ownerKey);
  if (ownerKey !== null && key === null) throw noOwnerKey(ownerKey);
  await placeReference(making);
  const input = { upload: upload.path, folder, ownerKey: key };
  const registration = await checking(async () =>
    requireOutput(
      await runTask("take-registration", input, { timeoutMs: CHECK_MS, hide: services.data.root }),
    ),
  );
  await requireNew(services, registration);
  const row = rowOf(making, { state: "ready", ownerKey, registration });
  await services.database.tables.insertInto("models").values(stored(row)).execute();
  for (const id of new Set([reference.id, upload.id])) await dropUpload(services, id);
  return row;
}

async function placeReference({ services, folder, reference }: Making): Promise<void> {
  const { reference: name, ...others } = MODEL_FILES;
  const input = { upload: reference.path, folder, name, taken: Object.values(others) };
  await checking(async () =>
    requireOutput(await runTask("place-model", input, { timeoutMs: CHECK_MS, hide: services.data.root })),
  );
}

/** @returns what the operation is told: `random:N`, or a path below the model's folder */
async function takeData(
  { services, signedIn, folder }: Making,
  spec: string,
  what: "calibration" | "pool",
): Promise<{ readonly spec: string; readonly upload: string | null }> {
  if (spec.startsWith("random:")) return { spec, upload: null };
  const upload = await requireUpload(services, { id: spec, userId: signedIn.userId });
  const kind = DATA_KINDS.find((ending) => upload.name.toLowerCase().endsWith(`.${ending}`));
  if (kind === undefined)
    throw unusable(`${what} "${upload.name}" is neither .npz nor .npy nor .csv`, "Upload such a file.");
  if (upload.bytes > MAX_DATA_BYTES)
    throw unusable(`the ${what} file has more than ${MAX_DATA_BYTES} bytes`, "Give fewer rows.");
  const place = `${MODEL_FILES.inputs}/${what}.${kind}`;
  await adoptUpload(upload, path.join(folder, place));
  return { spec: place, upload: upload.id };
}

function rowOf(
  { id, asked, services }: Making,
  given: {
    readonly state: ModelRow["state"];
    readonly ownerKey: string | null;
    readonly registration: StoredRegistration | null;
  },
): ModelRow {
  return {
    id,
    name: asked.name,
    notes: asked.notes ?? "",
    created: services.clock(),
    state: given.state,
    step: null,
    error: null,
    owner_key: given.ownerKey,
    commitment: given.registration?.commitment ?? null,
    registration: given.registration,
  };
}

function stored(row: ModelRow): Insertable<ResourceTables["models"]> {
  const { registration } = row;
  return {
    ...row,
    step: null,
    error: null,
    registration: registration === null ? null : JSON.stringify(registration),
  };
}

/** Two that go on with one registration would each count its own observations, and neither pay for the other's. */
async function requireNew({ database }: Services, { commitment }: StoredRegistration): Promise<void> {
  const found = await database.tables
    .selectFrom("models")
    .select("id")
    .where("commitment", "=", commitment)
    .executeTakeFirst();
  if (found === undefined) return;
  throw new VerifierError(
    "CONFLICT",
    `the registration is that of model ${found.id} already`,
    "Use that model; examinations under one registration are counted in one place.",
  );
}

async function requireOwnerKeyRow({ database }: Services, id: string): Promise<void> {
  const row = await database.tables
    .selectFrom("owner_keys")
    .select("id")
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw noOwnerKey(id);
}

function noOwnerKey(id: string): VerifierError {
  return unusable(`there is no owner key ${id}`, "Name one of the list of owner keys.");
}

function unusable(message: string, hint: string): VerifierError {
  return new VerifierError("UNPROCESSABLE", message, hint);
}
