import { openJwtReader } from "../access/jwt.js";
import type { KeyDesk } from "../access/key-desk.js";
import { parseNetworks } from "../access/networks.js";
import { accessDefence } from "../defences/access.js";
import type { Defence } from "../defences/defence.js";
import type { LimitCounts } from "../limits/counts.js";
import { memoryCounts } from "../limits/memory-counts.js";
import type { MarkingOptions } from "../marking.js";
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

/** How marking is opened, as it is configured. */
export function markingOptions(
  { marking: config, source }: { readonly marking: MarkingConfig; readonly source: SourceConfig },
  { inputs, answers, sealed, keepHours, segmentEntries, segmentHours }: LogConfig,
): Omit<MarkingOptions, "reader" | "clock"> {
  const { registration, gatewayKey, customers, logged, strength, tilt } = config;
  return {
    registration,
    gatewayKey,
    customers,
    logged,
    logging: {
      policy: { inputs, answers },
      sealing: sealed ? "gateway-key" : null,
      keepHours,
      segment: {
        ...(segmentEntries === null ? {} : { entries: segmentEntries }),
        ...(segmentHours === null ? {} : { hours: segmentHours }),
      },
    },
    // An endpoint shows no features, which a customer's mark would follow.
    ...(source.kind === "upstream" ? { strength: 0 } : strength === null ? {} : { strength }),
    ...(tilt === null ? {} : { tilt }),
  };
}
