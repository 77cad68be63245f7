import { openQueryLog } from "@indicia/evidence/query-log-file";
import type { LogSealing } from "@indicia/evidence/query-seal-file";
import { ageWrap } from "@indicia/vault/age-keys";
import { openJwtReader } from "../access/jwt.js";
import type { KeyDesk } from "../access/key-desk.js";
import { parseNetworks } from "../access/networks.js";
import { accessDefence } from "../defences/access.js";
import type { Defence } from "../defences/defence.js";
import { queryLogDefence } from "../defences/query-log.js";
import type { LimitCounts } from "../limits/counts.js";
import { memoryCounts } from "../limits/memory-counts.js";
import type { LoggingOptions, MarkingOptions } from "../marking.js";
import { openingError } from "../query-log-state.js";
import type { AccessConfig, LimitsConfig, LogConfig, MarkingConfig, SourceConfig } from "./config.js";

/** Access control as it is configured. @param desk of the file of keys; closed with it, or where it cannot be opened */
export async function openAccess({ jwt, mtls }: AccessConfig, desk: KeyDesk | null): Promise<Defence> {
  const certificates =
    mtls === null
      ? null
      : { header: mtls.header, proxies: parseNetworks(mtls.proxies), holders: mtls.accounts };
  try {
    return accessDefence({ keys: desk, jwt: jwt === null ? null : await openJwtReader(jwt), certificates });
  } catch (error) {
    desk?.close();
    throw error;
  }
}

/** Counts where they are to be kept. @throws GatewayError LIMITS_UNREACHABLE */
export async function openCounts({ store }: Pick<LimitsConfig, "store">): Promise<LimitCounts> {
  if (store === "memory") return memoryCounts();
  // Loaded where there is a database to talk to.
  const { postgresCounts } = await import("../limits/postgres-counts.js");
  return await postgresCounts(store.postgres);
}

/** Open the query log of a model that is not marked. @throws GatewayError QUERY_LOG_DAMAGED; EvidenceError, VaultError VAULT_RECIPIENT */
export async function openPlainLog(folder: string, log: LogConfig, clock: () => Date): Promise<Defence> {
  // What was answered before matters to marks alone.
  const onFound = (): void => undefined;
  const options = { ...logOptions(log), registration: null, clock, sealing: sealedFor(log), onFound };
  try {
    return queryLogDefence(await openQueryLog(folder, options));
  } catch (error) {
    throw await openingError(folder, error);
  }
}

/** How a query log is kept, as it is configured. */
function logOptions({
  inputs,
  answers,
  keepHours,
  segmentEntries,
  segmentHours,
}: LogConfig): Pick<LoggingOptions, "policy" | "keepHours" | "segment"> {
  return {
    policy: { inputs, answers },
    keepHours,
    segment: {
      ...(segmentEntries === null ? {} : { entries: segmentEntries }),
      ...(segmentHours === null ? {} : { hours: segmentHours }),
    },
  };
}

function sealedFor({ recipients }: LogConfig): LogSealing | null {
  if (recipients.length === 0) return null;
  return { kind: "wrapped", wrap: ageWrap({ kind: "recipients", recipients }), unwrap: null };
}

/** How marking is opened, as it is configured. */
export function markingOptions(
  { marking: config, source }: { readonly marking: MarkingConfig; readonly source: SourceConfig },
  log: LogConfig,
): Omit<MarkingOptions, "reader" | "clock"> {
  const { registration, gatewayKey, customers, logged, strength, tilt } = config;
  return {
    registration,
    gatewayKey,
    customers,
    logged,
    logging: { ...logOptions(log), sealing: log.sealed ? "gateway-key" : sealedFor(log) },
    // An endpoint shows no features, which a customer's mark would follow.
    ...(source.kind === "upstream" ? { strength: 0 } : strength === null ? {} : { strength }),
    ...(tilt === null ? {} : { tilt }),
  };
}
