import { isLive, type KeyRecord } from "../access/key-records.js";
import type { Observed, ObservedAccount } from "../ops/observations.js";
import type { Holder } from "./budgets.js";
import type { AccountView, BudgetView, KeyView, StandingView } from "./views.js";

/** Accounts listed at a time; others are found by their name. */
export const MOST_LISTED = 200;

/** An account as the file of keys has it, as it was observed, or both. */
interface Known {
  readonly name: string;
  readonly keys: readonly KeyRecord[];
  readonly observed: ObservedAccount | null;
}

/**
 * The accounts whose name, organisation or customer holds a text, most suspicious first.
 *
 * @param search "" for all
 */
export function knownAccounts(
  keys: readonly KeyRecord[],
  observed: Pick<Observed, "accounts">,
  search: string,
): readonly Known[] {
  const names = new Map<string, { keys: KeyRecord[]; observed: ObservedAccount | null }>();
  for (const key of keys) {
    const known = names.get(key.account) ?? { keys: [], observed: null };
    names.set(key.account, known);
    known.keys.push(key);
  }
  for (const each of observed.accounts())
    names.set(each.account, { keys: names.get(each.account)?.keys ?? [], observed: each });
  const wanted = search.toLowerCase();
  return [...names]
    .map(([name, known]) => ({ name, ...known }))
    .filter((known) => textsOf(known).some((text) => text.toLowerCase().includes(wanted)))
    .sort(
      (a, b) =>
        (suspicionOf(b) ?? -1) - (suspicionOf(a) ?? -1) ||
        (b.observed?.lastSeen ?? 0) - (a.observed?.lastSeen ?? 0) ||
        (a.name < b.name ? -1 : 1),
    );
}

/** How an account counts for limits. */
export function holderOf(known: Known): Holder {
  const newest = newestKey(known);
  return {
    account: {
      id: known.name,
      organisation: newest?.organisation ?? null,
      scopes: [],
      customer: newest?.customer ?? null,
    },
    lineages: [...new Set(known.keys.map(({ lineage }) => lineage))],
  };
}

export function accountView(known: Known, budgets: readonly BudgetView[], now: Date): AccountView {
  const { name, keys, observed } = known;
  const newest = newestKey(known);
  return {
    account: name,
    organisation: newest?.organisation ?? null,
    customer: newest?.customer ?? null,
    keys: keys.map((key) => keyView(key, now)),
    requests: observed?.requests ?? 0,
    rows: observed?.rows ?? 0,
    refused: observed?.refused ?? 0,
    lastSeen: observed === null || observed.lastSeen === 0 ? null : new Date(observed.lastSeen).toISOString(),
    budgets,
    suspicion: suspicionOf(known),
    standings: standingsOf(known),
  };
}

function textsOf(known: Known): string[] {
  const { organisation, customer } = newestKey(known) ?? {};
  return [known.name, organisation ?? "", customer ?? ""];
}

/** Live keys of an account agree in whom it belongs to; those before them need not. */
function newestKey({ keys }: Known): KeyRecord | null {
  return keys.findLast(({ revoked }) => revoked === null) ?? keys.at(-1) ?? null;
}

function suspicionOf({ observed }: Known): number | null {
  if (observed === null || observed.standings.size === 0) return null;
  return Math.max(...[...observed.standings.values()].map(({ suspicion }) => suspicion));
}

function standingsOf({ observed }: Known): StandingView[] {
  return [...(observed?.standings ?? [])].map(([model, { seen, suspicion, score, honestShare, flag }]) => ({
    model,
    seen,
    suspicion,
    score,
    honestShare,
    flagged: flag !== null,
  }));
}

function keyView(key: KeyRecord, now: Date): KeyView {
  const { id, scopes, added, expires, revoked } = key;
  return { id, scopes, added, expires, revoked, live: isLive(key, now) };
}
