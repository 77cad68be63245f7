import path from "node:path";
import type { Selectable } from "kysely";
import type { ResourceTables, StoredTarget } from "../database/resource-tables.js";
import { VerifierError } from "../error.js";
import type { Services } from "../services.js";
import type { EndpointTarget, FileTarget, Suspect } from "../shapes/suspects.js";

export type SuspectRow = Selectable<ResourceTables["suspects"]>;

/** Name of a suspect's file in its folder. */
export const SUSPECT_FILE = "suspect.onnx";

/** @throws VerifierError NOT_FOUND */
export async function findSuspect({ database }: Pick<Services, "database">, id: string): Promise<SuspectRow> {
  const row = await database.tables
    .selectFrom("suspects")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  if (row !== undefined) return row;
  throw new VerifierError("NOT_FOUND", "there is no such suspect", "It may have been deleted.");
}

/** The file of a suspect that is one. */
export function suspectFile({ data }: Pick<Services, "data">, id: string): string {
  return path.join(data.suspect(id), SUSPECT_FILE);
}

/** A suspect as the API shows it. */
export function showSuspect(row: SuspectRow): Suspect {
  const { id, name, notes, created, rate, inspection } = row;
  return { id, name, notes, created: created.toISOString(), target: showTarget(row), rate, inspection };
}

function showTarget({ target, header_names, secret_names }: SuspectRow): EndpointTarget | FileTarget {
  if (target.kind === "file") return target;
  return {
    ...target,
    headers: header_names,
    ...(secret_names.length === 0 ? {} : { secrets: secret_names }),
  };
}

/** What may stand in the audit log of a target. */
export function auditedTarget(target: StoredTarget): Readonly<Record<string, unknown>> {
  if (target.kind === "file") return { kind: "file", protocol: target.protocol, sha256: target.sha256 };
  const { protocol, allowPrivate, url } = target;
  return { kind: "endpoint", protocol, host: new URL(url).host, allowPrivate };
}
