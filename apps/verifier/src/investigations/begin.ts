import path from "node:path";
import type { EndpointProtocol } from "@indicia/suspects/protocol";
import type { StoredTarget } from "../database/resource-tables.js";
import { VerifierError } from "../error.js";
import { MODEL_FILES } from "../models/model-files.js";
import { openOwnerKey } from "../models/open-owner-key.js";
import type { Services } from "../services.js";
import { settingsOf } from "../suspects/check-endpoint.js";
import { openSecrets, openUrl, type SuspectSecrets } from "../suspects/suspect-secrets.js";
import { suspectFile } from "../suspects/suspect-store.js";
import type { Begin, SentSuspect } from "./messages.js";
import type { InvestigationRow } from "./rows.js";
import type { WorkerSettings } from "./settings.js";

/** Leave is asked for what is asked in about this time, or for one request where that takes longer. */
const LEAVE_SECONDS = 0.25;
const MOST_LEAVE = 2000;

/** What a run needs, and what limits it. */
export interface Prepared {
  readonly begin: Begin;
  /** Null for a file, which lies with us. */
  readonly host: { readonly name: string; readonly rate: number } | null;
}

/**
 * Gather what a run needs; secrets are opened here and go to the runner alone.
 *
 * @throws VerifierError STATE_CONFLICT, DATA_INVALID where a secret does not open
 */
export async function prepare(
  services: Services,
  row: InvestigationRow,
  { concurrency }: WorkerSettings,
): Promise<Prepared> {
  const { database, data } = services;
  const { tables } = database;
  const model = await tables
    .selectFrom("models")
    .select(["state", "owner_key"])
    .where("id", "=", row.model)
    .executeTakeFirst();
  const suspect = await tables
    .selectFrom("suspects")
    .select(["id", "target", "headers", "secrets", "query", "rate"])
    .where("id", "=", row.suspect)
    .executeTakeFirst();
  if (model?.state !== "ready" || suspect === undefined) {
    throw new VerifierError(
      "STATE_CONFLICT",
      "the model is not registered, or the suspect is gone",
      "Register the model first.",
    );
  }
  const { id, target: stored, query } = suspect;
  const url = stored.kind === "file" ? "" : await openUrl(services, { id, shown: stored.url, query });
  const target = targetOf(stored.kind === "file" ? stored : { ...stored, url }, {
    file: suspectFile(services, suspect.id),
    secret: await openSecrets(services, suspect),
    rate: Math.min(row.rate, suspect.rate),
  });
  const leave = Math.max(
    1,
    Math.min(MOST_LEAVE, Math.floor(Math.min(row.rate, suspect.rate) * LEAVE_SECONDS)),
  );
  return {
    begin: {
      kind: "begin",
      registration: path.join(data.model(row.model), MODEL_FILES.registration),
      reference: path.join(data.model(row.model), MODEL_FILES.reference),
      folder: data.investigation(row.id),
      suspect: target,
      budget: row.budget,
      order: row.order,
      level: row.level,
      rate: row.rate,
      earlyStop: row.early_stop,
      concurrency,
      leave: row.per_day === null ? leave : 1,
      ownerKey: model.owner_key === null ? null : await ownerKey(services, model.owner_key),
    },
    host: target.kind === "endpoint" ? { name: new URL(target.url).host, rate: suspect.rate } : null,
  };
}

async function ownerKey(services: Services, id: string): Promise<Uint8Array> {
  const key = await openOwnerKey(services, id);
  if (key !== null) return key;
  const hint = "Put the key back, or register the model with another.";
  throw new VerifierError("STATE_CONFLICT", "the owner key of the model is gone", hint);
}

function targetOf(
  target: StoredTarget,
  given: { readonly file: string; readonly secret: SuspectSecrets; readonly rate: number },
): SentSuspect {
  if (target.kind === "file") return { kind: "file", path: given.file, protocol: target.protocol };
  return {
    kind: "endpoint",
    url: target.url,
    // Checked when the suspect was made.
    protocol: target.protocol as EndpointProtocol,
    model: target.model,
    config: null,
    ...settingsOf(target.options),
    // Given even where there are none, or the protocol would look into the environment.
    secrets: given.secret.secrets,
    headers: Object.entries(given.secret.headers),
    allowPrivate: target.allowPrivate,
    rate: given.rate,
  };
}
