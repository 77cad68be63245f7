import { certify, LN_GROUND_SEEDS, toLog10 } from "@indicia/proof/tail";
import {
  type TracedCustomer,
  type TracedKey,
  traceable,
  traceCustomers,
} from "@indicia/proof/trace-customers";
import type { HeldLook } from "@indicia/proof/weigh";
import type { Keystream } from "@indicia/proof/keystream";
import { lookPlace } from "./look-place.js";
import { residualValues, statisticLine } from "./conclusion-witnesses.js";
import type { CustomerEntry, CustomerRegister } from "./customers.js";
import { rowsAsked } from "./draw-conclusion.js";
import type { ObservationFile, ObservedLook } from "./observation-format.js";
import type { RegistrationFile } from "./registration-format.js";
import type { ConclusionRequest } from "./draw-conclusion.js";
import type { PlanFile } from "./plan.js";
import { standingReasons } from "./standing.js";
import { traceControls } from "./trace-controls.js";
import type { ExaminedAccount, TracedEntry, TraceFile, TraceWitness } from "./trace-formats.js";
import { loggedStatistics, type LoggedWitness, type WeighedLogged, weighLogged } from "./weigh-logged.js";

/** A sealed observation, a register of customers and an opened gateway key. */
export interface TraceRequest {
  readonly registration: { readonly file: RegistrationFile; readonly commitment: string };
  readonly observation: ConclusionRequest["observation"];
  /** Answers to logged queries, or null where none were asked again. */
  readonly logged: (WeighedLogged & { readonly seal: string }) | null;
  /** Statistics of logged queries that are paid for: at an early look those that are still to come. */
  readonly loggedStatistics: number;
  readonly register: CustomerRegister;
  /** The one account to examine; absent or null to try every customer. */
  readonly account?: ExaminedAccount | null;
  /** Seed of all carriers of a customer, and of the gateway itself. */
  readonly keys: { readonly seed: Uint8Array; readonly customer: (id: string) => Uint8Array };
  readonly subKey: number;
  /** Position among all observations counted under the registration, from 1. */
  readonly position: number;
  readonly level: number;
  /** The plan that the observation follows; absent where there is none. */
  readonly plan?: PlanFile | null;
  /** Decoy customers; none where no trace is published (an early look). */
  readonly decoyKeys: number;
  readonly keystream: Keystream;
  readonly concluded: string;
}

/**
 * Statistics that are paid for where logged queries are asked again: two residuals in two shapings, each once more beside the
 * shadow models where some are registered, and the labels.
 */
export function statisticsOfLogged({ shadows }: Pick<RegistrationFile, "shadows">): number {
  return shadows.length > 0 ? 9 : 5;
}

/**
 * Hold every customer's carrier against everything that was sealed. The same request gives the same trace everywhere.
 *
 * @throws EvidenceError OBSERVATION_FILE_MISSING
 */
export function drawTrace(request: TraceRequest): TraceFile {
  const { observation, register, level, logged, account = null } = request;
  const { file } = observation;
  const began = logged !== null && logged.file.started < file.started ? logged.file.started : file.started;
  const tested = register.entries.filter(
    ({ id, since }) => since <= began && (account === null || account.customer === id),
  );
  const keys = tested.map(({ id }): TracedKey => ({ id, seed: request.keys.customer(id) }));
  const looks = file.looks.map((look, index) => heldLook(request, look, index + 1));
  const price = priceOf(request, looks);
  const traced = traceCustomers(looks, keys, { ...price, keystream: request.keystream });
  const seeds = new Map(keys.map(({ id, seed }) => [id, seed]));
  const ofGateway = account === null || account.customer === null;
  const seedOf = (id: string | null): Uint8Array | null =>
    id !== null ? (seeds.get(id) ?? null) : ofGateway ? request.keys.seed : null;
  const { witnesses, leads } =
    logged === null ? { witnesses: [], leads: [] } : weighLogged(logged, seedOf, price);
  const customers = entriesOf(request, tested, traced, witnesses);
  const controls = traceControls(request, { keys, looks, price, best: traced[0] ?? null });
  const fired = controls.fired.length > 0;
  const named = fired
    ? []
    : customers.filter(({ verdict }) => verdict === "match").map((each) => each.customer);
  const gateway = witnesses.filter(({ customer }) => customer === null);
  const own = account !== null && account.customer === null && !fired && reached(gateway, level);
  return {
    version: 1,
    kind: "indicia trace",
    registration: request.registration.commitment,
    observation: observation.seal,
    logged: logged?.seal ?? null,
    ...(file.plan === undefined ? {} : { plan: file.plan }),
    ...(account === null ? {} : { account }),
    subKey: request.subKey,
    position: request.position,
    register: { entries: register.entries.length, head: register.head },
    tested: tested.length,
    level,
    access: file.access,
    verdict: named.length > 0 || own ? "match" : "inconclusive",
    named,
    standing: "exploratory",
    standingReasons: [
      ...standingReasons(request.registration.file, { level, plan: request.plan ?? null }),
      ...(logged === null || request.plan == null ? [] : ["no plan speaks of the logged queries"]),
      "no outside timestamp dates the entries of the customer register, so that names could be chosen by what the suspect answers",
      ...controls.fired,
    ],
    claim: claimOf(file.suspect.target, { named, account, own }),
    limits: [...LIMITS],
    customers: fired ? customers.map((each) => ({ ...each, verdict: "inconclusive" as const })) : customers,
    gateway: gateway.map((each) => loggedLine(request, each)),
    leads,
    controls: controls.outcomes,
    queries: rowsAsked(file),
    lostQueries: file.probes?.lost ?? 0,
    requeries: logged?.file.asked ?? 0,
    ...(logged?.file.leftOut === undefined ? {} : { requeriesLeftOut: logged.file.leftOut }),
    concluded: request.concluded,
  };
}

/** What every trace says about its own reach. */
const LIMITS: readonly string[] = [
  "A trace identifies whose marked answers were used, not who leaked them or trained on them.",
  "It cannot tell the owner from the customer: whoever holds the gateway's key can make the same answers.",
  "A customer who trained on lawful answers, with leave to do so, is traced like any other.",
  "p is not the probability of innocence; what is rejected is independence of one customer's key, in a register whose every entry is paid for.",
  "Conditional on an honest transcript and an honest register: both are the owner's word unless a neutral party kept them.",
  "A signed batch counts as fixed by somebody else only where the owner does not hold the customer's signing key: of a customer whom he made up he could have chosen the queries.",
  "Customers who are not named are not cleared.",
];

function reached(witnesses: readonly LoggedWitness[], level: number): boolean {
  return witnesses.some(({ lnP }) => certify(lnP) <= Math.log(level));
}

function claimOf(
  target: string,
  {
    named,
    account,
    own,
  }: {
    readonly named: readonly string[];
    readonly account: ExaminedAccount | null;
    readonly own: boolean;
  },
): string {
  if (account !== null && account.customer === null)
    return `${own ? "rejects" : "does not reject"} independence of ${target} from the gateway's own key`;
  if (named.length === 0 && account !== null)
    return `does not reject independence of ${target} from the key of ${account.customer ?? ""}`;
  if (named.length === 0) return `does not reject independence of ${target} from any customer's key`;
  return `rejects independence of ${target} from the key of ${named.join(", from the key of ")}`;
}

function heldLook(request: TraceRequest, look: ObservedLook, position: number): HeldLook {
  const { file, files } = request.observation;
  const residuals = look.residuals.filter(({ carrier }) => carrier.scheme === "readout/1");
  return {
    ...lookPlace(file, position),
    probes: look.probes,
    lost: look.lost,
    pricing: file.pricing ?? 1,
    classOrder: look.classOrder,
    residuals: residuals.map((sealed) => ({ ...sealed, values: residualValues(files, sealed) })),
  };
}

function priceOf(
  request: TraceRequest,
  looks: readonly HeldLook[],
): { customers: number; statistics: number; observation: number } {
  const readout = Math.max(0, ...looks.map((look) => traceable(look).length));
  return {
    // Whoever examines one account has chosen it among all of them, the gateway itself included.
    customers: request.register.entries.length + (request.account == null ? 0 : 1),
    statistics: readout + Math.max(request.loggedStatistics, loggedStatistics(request.logged)),
    observation: request.position,
  };
}

function entriesOf(
  request: TraceRequest,
  tested: readonly CustomerEntry[],
  traced: readonly TracedCustomer[],
  logged: readonly LoggedWitness[],
): TracedEntry[] {
  const readout = new Map(traced.map((each) => [each.id, each]));
  const entries = tested.map(({ id, since }): TracedEntry => {
    const own = readout.get(id);
    const lines = [
      ...(own === undefined ? [] : [readoutLine(request.observation.file, own)]),
      ...logged.filter(({ customer }) => customer === id).map((each) => loggedLine(request, each)),
    ].sort((a, b) => a.log10P - b.log10P || b.T - a.T);
    const lnP = (lines[0]?.log10P ?? 0) * Math.LN10;
    return {
      customer: id,
      since,
      verdict: certify(lnP) <= Math.log(request.level) ? "match" : "inconclusive",
      log10P: toLog10(certify(lnP)),
      log10PIdeal: toLog10(lnP),
      log10PGround: toLog10(Math.min(0, lnP + LN_GROUND_SEEDS)),
      witnesses: lines,
    };
  });
  return entries.sort((a, b) => a.log10PIdeal - b.log10PIdeal || largestT(b) - largestT(a));
}

function largestT({ witnesses }: TracedEntry): number {
  return witnesses[0]?.T ?? Number.NEGATIVE_INFINITY;
}

function readoutLine({ access }: ObservationFile, traced: TracedCustomer): TraceWitness {
  return { ...statisticLine(access, traced), mark: "readout", queries: null };
}

function loggedLine({ logged, observation }: TraceRequest, witness: LoggedWitness): TraceWitness {
  const access = logged?.file.access ?? observation.file.access;
  return {
    ...statisticLine(access, { ...witness, probes: witness.queries }),
    mark: "logged",
    queries: witness.kind === "signed-batch" ? `signed batch ${witness.batch}` : "committed pool",
  };
}
