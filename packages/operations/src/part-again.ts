import { CoreError } from "@indicia/core/error";
import { importGatewayKey } from "@indicia/core/gateway-keys";
import { readRegisteredRows, readRegistration } from "@indicia/core/registration-folder";
import { fingerprint } from "@indicia/data/fingerprint";
import type { Bundle } from "@indicia/evidence/bundle";
import { sha256Hex } from "@indicia/evidence/canonical";
import { readCustomers } from "@indicia/evidence/customers";
import { EvidenceError } from "@indicia/evidence/error";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { groupQueries, partedOtherwise } from "@indicia/evidence/query-groups";
import { requireRegistration } from "@indicia/evidence/query-index-file";
import { readQueryLogFolder } from "@indicia/evidence/query-log-read-file";
import type { LogKeys } from "@indicia/evidence/query-seal-file";
import { TRACE_PATHS } from "@indicia/evidence/trace-parts";
import { readDrawnLogged } from "@indicia/evidence/drawn-logged";
import { PARTING } from "@indicia/evidence/verify-trace";
import { rowOf } from "@indicia/onnx/tensor";
import { npzRows } from "./load.js";
import { queryLogKeys } from "./query-log-excerpt.js";
import type { ShownCheck } from "./replay-transcript.js";

/** What parting a query log again needs. */
export interface PartingAgain {
  readonly registration: string;
  readonly queryLog: string;
  readonly identity: string | null;
  /** The disclosed gateway sub-key, under which the log may lie sealed; null for none. */
  readonly disclosure: Uint8Array | null;
}

/**
 * Part the query log of a trace again, and hold it against the sets that were sealed: which queries a customer signed before he
 * was answered, and which rows the registered pool has.
 */
export async function partedAgain({ files }: Bundle, given: PartingAgain): Promise<ShownCheck> {
  const shown = (status: ShownCheck["status"], detail: string): ShownCheck => ({
    name: PARTING,
    status,
    detail,
  });
  const failed = (detail: string, code: string): ShownCheck => ({ ...shown("failed", detail), code });
  try {
    const registration = await readRegistration(given.registration);
    const registered = files.get("registration/registration.json") ?? new Uint8Array(0);
    if (registration.commitment !== sha256Hex(registered))
      return failed("the folder holds another registration", "WRONG_REGISTRATION");
    const sealed = readDrawnLogged((name) => files.get(name) ?? null);
    if (sealed === null) return shown("not checked", "the bundle does not name the sets of logged queries");
    const log = await readQueryLogFolder(given.queryLog, await keysOf(given, registration));
    requireRegistration(log.registration, registration.commitment);
    if (log.head !== sealed.log.head)
      return shown(
        "not checked",
        `the query log ends otherwise after ${log.lines} lines than the one that was asked again did after ` +
          `${sealed.log.lines}: give it as it was then`,
      );
    const { entries } = readCustomers(files.get(TRACE_PATHS.register) ?? new Uint8Array(0), {
      sha256: nativeSha256,
    });
    const pool = await readRegisteredRows(given.registration, registration, "pool", npzRows);
    const rows = Array.from({ length: pool.rows }, (_, row) => fingerprint(rowOf(pool.tensors, row)));
    const otherwise = partedOtherwise(sealed.groups, groupQueries(log, { customers: entries, pool: rows }));
    if (otherwise !== null) return failed(otherwise, "TRACE_DISAGREES");
    return shown("passed", `${sealed.groups.length} sets of logged queries, parted again from the log`);
  } catch (error) {
    if (!(error instanceof CoreError || error instanceof EvidenceError)) throw error;
    return failed(error.message, error.code);
  }
}

/** What is sealed under the gateway's key opens with the disclosure of it. */
async function keysOf(
  { disclosure, identity }: PartingAgain,
  registration: Parameters<typeof importGatewayKey>[0],
): Promise<LogKeys> {
  return await queryLogKeys(
    disclosure === null ? null : importGatewayKey(registration, disclosure),
    identity,
  );
}
