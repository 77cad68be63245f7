import type { Networks } from "../access/networks.js";
import { parseNetworks } from "../access/networks.js";
import type { KeyRecord } from "../access/key-records.js";
import { allows } from "../access/scopes.js";
import type { GatewayConfig } from "./config.js";

/** What works, and is probably not meant. */
export interface Warning {
  /** Such as `listen`. */
  readonly part: string;
  readonly told: string;
  /** What to do about it. */
  readonly hint: string;
}

/** A model that is marked, and whether a customer is in its register; null where it tells none apart. */
export interface Registered {
  readonly name: string;
  readonly knows: ((customer: string) => boolean) | null;
}

/** Keys named in one warning; `key list` shows the others. */
const MOST_NAMED = 5;
const loopback: Networks = parseNetworks(["127.0.0.0/8", "::1"]);

/** What of a configuration is probably not meant, told by a check and by the start alike. */
export function configWarnings(config: GatewayConfig): readonly Warning[] {
  return [...logWarnings(config), ...addressWarnings(config)];
}

function logWarnings({ models, log }: GatewayConfig): Warning[] {
  const open = log.inputs === "stored" || log.answers === "stored";
  if (log.sealed || log.recipients.length > 0 || !open) return [];
  return models.flatMap(({ name, marking, logged }) => {
    const folder = marking?.logged ?? logged;
    if (folder === null) return [];
    const hint =
      marking === null
        ? "Set log: { recipients: [age1...] }, or { inputs: hash, answers: hash }."
        : "Set log: { sealed: true }, which seals it under the gateway key, or recipients: [age1...].";
    return [{ part: "log", told: `queries and answers of ${name} lie in ${folder} in the clear`, hint }];
  });
}

function addressWarnings({ listen, access, openAccess, models, ops }: GatewayConfig): Warning[] {
  const warnings: Warning[] = [];
  if (access === null && !openAccess && !isLoopback(listen.host))
    warnings.push({
      part: "listen",
      told: models.some(({ marking }) => marking?.customers != null)
        ? `whoever reaches ${listen.host} and is no proxy can pass for any customer: there is no access section`
        : `whoever reaches ${listen.host} is answered: there is no access section`,
      hint: "Add access: { keys: keys.jsonl }, or write access: open where that is meant.",
    });
  if (ops.metrics !== null && !isLoopback(ops.metrics.host))
    warnings.push({
      part: "ops",
      told: `figures${ops.admin === null ? "" : " and the admin page"} can be reached by whoever reaches ${ops.metrics.host}`,
      hint: "Listen at 127.0.0.1, or at an address that a firewall keeps to those who run the gateway.",
    });
  return warnings;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || loopback(host.replace(/^\[|\]$/g, ""));
}

/** Live keys that may ask a model which answers registered customers alone, and belong to none. */
export function keyWarnings(live: readonly KeyRecord[], models: readonly Registered[]): readonly Warning[] {
  return models.flatMap(({ name, knows }) => {
    if (knows === null) return [];
    const stuck = live.filter(
      ({ scopes, customer }) => allows(scopes, name, "infer") && !knows(customer ?? ""),
    );
    if (stuck.length === 0) return [];
    return [
      {
        part: "access.keys",
        told: `${name} answers registered customers alone, which these keys belong to none of: ${named(stuck)}`,
        hint: "Add the customer by `indicia customers add`, or revoke the key and add one with --customer ID.",
      },
    ];
  });
}

/** Live keys that may fetch copies of a model, which lie there for customers, and belong to none. */
export function downloadWarnings(
  live: readonly KeyRecord[],
  { vault, models }: Pick<GatewayConfig, "vault" | "models">,
): readonly Warning[] {
  if (vault === null) return [];
  return models.flatMap(({ name, source }) => {
    if (source.kind !== "vault") return [];
    const stuck = live.filter(
      ({ scopes, customer }) => customer === null && allows(scopes, name, "download"),
    );
    if (stuck.length === 0) return [];
    return [
      {
        part: "access.keys",
        told: `copies of ${name} lie there for customers, and these keys, which may fetch one, belong to none: ${named(stuck)}`,
        hint: "Revoke the key, and add one with --customer ID.",
      },
    ];
  });
}

function named(keys: readonly KeyRecord[]): string {
  const first = keys
    .slice(0, MOST_NAMED)
    .map(({ id, account, customer }) => `${id} of ${account} (customer ${customer ?? "none"})`);
  return [...first, ...(keys.length > MOST_NAMED ? [`and ${keys.length - MOST_NAMED} more`] : [])].join(", ");
}
