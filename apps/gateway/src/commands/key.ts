import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { addKey, type KeyContext, readKeys, revokeKey, rotateKey } from "../access/key-file.js";
import { isLive, type KeyRecord } from "../access/key-records.js";
import { GatewayError } from "../error.js";
import { requireRegistered } from "./registered-customer.js";
import { type Outcome, UsageError } from "./outcome.js";
import { USAGES } from "./usages.js";

/** Hours for which a client has both keys while he changes over. */
const OVERLAP_HOURS = "24";
const MAX_OVERLAP_HOURS: number = 24 * 90;

const OPTIONS = {
  keys: { type: "string" },
  account: { type: "string" },
  organisation: { type: "string" },
  customer: { type: "string" },
  scope: { type: "string", multiple: true },
  expires: { type: "string" },
  config: { type: "string" },
  "overlap-hours": { type: "string", default: OVERLAP_HOURS },
  json: { type: "boolean" },
} as const;

/**
 * `key add|list|rotate|revoke`: the keys that clients show. A new key is printed once and kept nowhere.
 *
 * @param args what follows `key`
 * @throws UsageError; GatewayError, EvidenceError of `key-file`
 */
export async function keyCommand(
  args: readonly string[],
  {
    clock,
    environment,
  }: { readonly clock: () => Date; readonly environment: Readonly<Record<string, string | undefined>> },
): Promise<Outcome> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const [action, id, ...more] = positionals;
  const file = values.keys;
  if (file === undefined || more.length > 0)
    throw new UsageError(`--keys is missing, or too much is given. ${USAGES.key}`);
  const context: KeyContext = { clock, random: (bytes) => randomBytes(bytes) };
  const expires = values.expires === undefined ? null : aheadOf(momentOf(values.expires), clock());
  if (action === "add" && id === undefined) {
    if (values.account === undefined) throw new UsageError(`--account is missing. ${USAGES.key}`);
    const { account, organisation = null, customer = null, scope: scopes = [] } = values;
    if (values.config !== undefined) await requireRegistered(values.config, customer, environment);
    const made = await addKey(file, { account, organisation, customer, scopes, expires }, context);
    return shown(made.id, made.token, { account, organisation, customer, scopes, expires });
  }
  if (action === "list" && id === undefined) return await listed(file, clock());
  if (action === "rotate" && id !== undefined) {
    const overlapSeconds = overlapOf(values["overlap-hours"]) * 3600;
    const made = await rotateKey(file, { id, overlapSeconds, expires }, context);
    return shown(made.id, made.token, { replaces: id, overlapSeconds, expires });
  }
  if (action === "revoke" && id !== undefined) {
    const { revoked, account } = await revokeKey(file, id, context);
    return { exitCode: 0, report: { id, account, revoked }, lines: [`key ${id} of ${account} is revoked`] };
  }
  throw new UsageError(USAGES.key);
}

function shown(id: string, token: string, rest: Readonly<Record<string, unknown>>): Outcome {
  return {
    exitCode: 0,
    report: { id, token, ...rest },
    lines: [`key ${id}; this is the only time that it is shown:`, token],
  };
}

async function listed(file: string, now: Date): Promise<Outcome> {
  const records = [...(await readKeys(file)).values()];
  const keys = records.map((record) => told(record, now));
  const lines = keys.map(
    ({ id, account, organisation, scopes, expires, state }) =>
      `indicia_${id}...  ${state}  ${account}${organisation === null ? "" : ` (${organisation})`}  ${scopes.join(" ")}${expires === null ? "" : `  until ${expires}`}`,
  );
  return { exitCode: 0, report: { keys }, lines };
}

/** A key without its hash, which nobody needs to see. */
function told(
  { sha256, ...rest }: KeyRecord,
  now: Date,
): Omit<KeyRecord, "sha256"> & { readonly state: "live" | "revoked" | "expired" } {
  const ended = rest.revoked === null ? "expired" : "revoked";
  return { ...rest, state: isLive({ sha256, ...rest }, now) ? "live" : ended };
}

function overlapOf(text: string): number {
  const hours = Number(text);
  if (/^\d+(?:\.\d+)?$/.test(text) && hours <= MAX_OVERLAP_HOURS) return hours;
  throw new UsageError(`--overlap-hours takes 0 to ${MAX_OVERLAP_HOURS}. ${USAGES.key}`);
}

/** A key that has ended when it is made opens nothing. */
function aheadOf(moment: string, now: Date): string {
  if (Date.parse(moment) > now.getTime()) return moment;
  throw new GatewayError(
    "DATE_PAST",
    `${moment} has passed, so the key would open nothing`,
    "Name a day to come; a day ends as it begins, at midnight UTC.",
  );
}

/** A day, which then begins (UTC), or a moment. */
function momentOf(text: string): string {
  const written = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const time = written ? Date.parse(text) : Number.NaN;
  const sameDay =
    Number.isFinite(time) && (text.length > 10 || new Date(time).toISOString().startsWith(text));
  if (sameDay) return new Date(time).toISOString();
  throw new GatewayError(
    "DATE_MALFORMED",
    `${JSON.stringify(text.slice(0, 100))} is no date`,
    "Write a day such as 2027-01-31, or a moment such as 2027-01-31T12:00:00Z.",
  );
}
