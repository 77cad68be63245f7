import type { GatewayKeys } from "@indicia/core/gateway-keys";
import type { LoggedFile } from "@indicia/evidence/logged-formats";
import type { QueryExcerpt } from "@indicia/evidence/query-excerpt";
import { makeQueryExcerpt } from "@indicia/evidence/query-excerpt-file";
import { type LogKeys, queryLogKey } from "@indicia/evidence/query-seal-file";
import { ageUnwrap } from "@indicia/vault/age-keys";
import { readIdentities } from "@indicia/vault/key-source";

/** Answers that are shown of one customer: enough to see what he was given, and no second copy of the log. */
const MOST_ANSWERS = 1000;

/**
 * What opens a gateway's log: it is sealed under a key derived from the gateway's, or for age recipients. Neither says
 * anything of a carrier.
 *
 * @param keys null for whoever has none
 * @param identity file of age identities, or null
 */
export async function queryLogKeys(keys: GatewayKeys | null, identity: string | null): Promise<LogKeys> {
  const subKey = keys === null ? null : queryLogKey(keys.seed);
  if (identity === null) return { subKey, unwrap: null };
  return { subKey, unwrap: ageUnwrap(await readIdentities({ kind: "file", path: identity })) };
}

/**
 * What those whom a trace names were answered to the queries that were asked again, as the log had it when it was read.
 *
 * @returns null where nobody is named, and for a log of version 1, under which single entries cannot be proved
 */
export async function excerptOfNamed(
  folder: string,
  given: {
    readonly keys: LogKeys;
    readonly logged: { readonly file: Pick<LoggedFile, "log" | "groups"> };
    readonly named: readonly string[];
  },
): Promise<QueryExcerpt | null> {
  const { log, groups } = given.logged.file;
  const { index, open } = log;
  if (index === undefined || open === undefined) return null;
  const asked = new Map<string, Set<string>>();
  for (const { customer, queries } of groups) {
    if (customer === null || !given.named.includes(customer)) continue;
    const own = asked.get(customer) ?? new Set<string>();
    for (const query of queries) own.add(query);
    asked.set(customer, own);
  }
  const shown = new Map<string, number>();
  return await makeQueryExcerpt(folder, {
    keys: given.keys,
    asOf: { index, open },
    choose({ customer, query }) {
      const count = shown.get(customer ?? "") ?? 0;
      if (customer === null || count >= MOST_ANSWERS || asked.get(customer)?.has(query) !== true)
        return false;
      shown.set(customer, count + 1);
      return true;
    },
  });
}
