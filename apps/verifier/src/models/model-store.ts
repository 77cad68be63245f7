import path from "node:path";
import type { Selectable } from "kysely";
import type { ResourceTables } from "../database/resource-tables.js";
import { VerifierError } from "../error.js";
import type { Services } from "../services.js";
import type { Model } from "../shapes/models.js";
import type { CountedObservations } from "./counted-observations.js";
import { MODEL_FILES } from "./model-files.js";

export type ModelRow = Selectable<ResourceTables["models"]>;

/** @throws VerifierError NOT_FOUND */
export async function findModel({ database }: Pick<Services, "database">, id: string): Promise<ModelRow> {
  const row = await database.tables.selectFrom("models").selectAll().where("id", "=", id).executeTakeFirst();
  if (row !== undefined) return row;
  throw new VerifierError("NOT_FOUND", "there is no such model", "It may have been deleted.");
}

/**
 * A model that a request names in its body, to be used.
 *
 * @throws VerifierError UNPROCESSABLE where there is none, STATE_CONFLICT where it is not registered
 */
export async function requireReadyModel(services: Pick<Services, "database">, id: string): Promise<ModelRow> {
  const row = await services.database.tables
    .selectFrom("models")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined)
    throw new VerifierError("UNPROCESSABLE", `there is no model ${id}`, "Name one of the list of models.");
  requireReady(row);
  return row;
}

/** @throws VerifierError STATE_CONFLICT */
export function requireReady({ state }: Pick<ModelRow, "state">): void {
  if (state === "ready") return;
  const hint =
    state === "registering" ? "Wait until it is ready." : "Delete it, and register the model once more.";
  throw new VerifierError("STATE_CONFLICT", `the model is ${state}`, hint);
}

/** Registration folder of a model. */
export function registrationFolder({ data }: Pick<Services, "data">, id: string): string {
  return path.join(data.model(id), MODEL_FILES.registration);
}

/** A model as the API shows it. */
export async function showModel(
  services: Pick<Services, "data">,
  row: ModelRow,
  counted: CountedObservations,
): Promise<Model> {
  const { id, name, notes, created, state, step, error, owner_key: ownerKey, registration } = row;
  return {
    id,
    name,
    notes,
    created: created.toISOString(),
    state,
    step,
    error,
    ownerKey,
    registration:
      registration === null
        ? null
        : { ...registration, counted: await counted(registrationFolder(services, id)) },
  };
}
