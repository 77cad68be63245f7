import { readFile } from "node:fs/promises";
import path from "node:path";
import { CoreError } from "@indicia/core/error";
import type { Registration } from "@indicia/core/registration";
import { readRegisteredRows } from "@indicia/core/registration-folder";
import { fingerprint } from "@indicia/data/fingerprint";
import { sha256Hex } from "@indicia/evidence/canonical";
import type { CustomerEntry } from "@indicia/evidence/customers";
import { readDocument } from "@indicia/evidence/document";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import type { SealedLogged } from "@indicia/evidence/logged-formats";
import {
  type DrawnLogged,
  drawnLoggedSchema,
  type PlacedLogged,
  placedLoggedSchema,
} from "@indicia/evidence/logged-schema";
import { groupQueries, partedOtherwise, partsOfLog } from "@indicia/evidence/query-groups";
import { requireRegistration } from "@indicia/evidence/query-index-file";
import { readQueryLogFolder } from "@indicia/evidence/query-log-read-file";
import type { LogKeys } from "@indicia/evidence/query-seal-file";
import { rowOf } from "@indicia/onnx/tensor";
import { npzRows } from "./load.js";
import { LOGGED_FILE } from "./observe-queries.js";

/** Sealed answers to logged queries as a folder holds them. */
export type HeldLogged = SealedLogged<DrawnLogged & PlacedLogged>;

/** What reading sealed answers takes: which queries were fixed beforehand, the log alone can show. */
export interface LoggedSource {
  /** Folder of the sealed answers. */
  readonly folder: string;
  readonly registrationFolder: string;
  readonly registration: Registration;
  readonly customers: readonly CustomerEntry[];
  /** Folder of the log. */
  readonly queryLog: string;
  readonly logKeys: LogKeys;
}

/**
 * Read sealed answers to logged queries, and part the log again: only what it parts so can be certified, whatever the seal
 * says of its sets.
 *
 * @throws CoreError OBSERVATION_INVALID, WRONG_REGISTRATION; EvidenceError OBSERVATION_MALFORMED, and those of the log
 */
export async function readLogged(source: LoggedSource): Promise<HeldLogged> {
  const { folder, registration, registrationFolder } = source;
  const bytes = await readFile(path.join(folder, LOGGED_FILE)).catch((cause: unknown) => {
    throw invalid("no logged queries were asked again and sealed there", cause);
  });
  const form = { name: LOGGED_FILE, code: "OBSERVATION_MALFORMED" } as const;
  const file = {
    ...readDocument(bytes, { ...form, schema: placedLoggedSchema }),
    ...readDocument(bytes, { ...form, schema: drawnLoggedSchema }),
  };
  if (file.registration !== registration.commitment)
    throw new CoreError(
      "WRONG_REGISTRATION",
      "the logged queries were asked under another registration",
      "Give the registration folder that was used to observe.",
    );
  const files = new Map<string, Uint8Array>();
  for (const [name, expected] of Object.entries(file.files)) {
    const content = await readFile(path.join(folder, name)).catch(() => null);
    if (content === null || sha256Hex(content, nativeSha256) !== expected)
      throw invalid(`"${name}" is not what was answered to logged queries`, null);
    files.set(name, content);
  }
  const log = await readQueryLogFolder(source.queryLog, source.logKeys);
  requireRegistration(log.registration, registration.commitment);
  const rows = await readRegisteredRows(registrationFolder, registration, "pool", npzRows);
  const pool = Array.from({ length: rows.rows }, (_, row) => fingerprint(rowOf(rows.tensors, row)));
  const parted = groupQueries(log, { customers: source.customers, pool });
  const otherwise = partedOtherwise(file.groups, parted);
  if (otherwise !== null) throw invalid(otherwise, null);
  return {
    file,
    seal: sha256Hex(bytes, nativeSha256),
    files,
    groups: partsOfLog(file.groups, parted),
  };
}

function invalid(reason: string, cause: unknown): CoreError {
  return new CoreError(
    "OBSERVATION_INVALID",
    `the sealed answers to logged queries cannot be used: ${reason}`,
    "Give the observation that `indicia observe --query-log` made, and the query log as it was asked again.",
    cause instanceof Error ? { cause } : {},
  );
}
