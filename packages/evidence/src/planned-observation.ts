import { lookSizes } from "@indicia/proof/looks";
import { altered, EvidenceError, type EvidenceErrorCode } from "./error.js";
import type { ObservationFile } from "./observation-format.js";
import type { RegistrationFile } from "./registration-format.js";
import { int32Values } from "./numbers.js";
import type { OpenedPlan } from "./open-plan.js";
import type { PlanFile, PlannedAsking } from "./plan.js";
import { drawnRows } from "./plan-draw.js";
import { probeRule } from "./probe-rule.js";

/** Files that say which rows of the pool a planned observation asked. */
export const PLANNED_FILES = {
  /** The two rows that each probe was made of, int32, [asked, 2]; the same one twice where it is that row. */
  probes: "probe-rows.i32",
  /** Rows that were asked besides, to learn how the suspect answers, int32, [l]. */
  learning: "learning-rows.i32",
} as const;

export interface PlannedObservation {
  readonly opened: OpenedPlan;
  readonly registration: { readonly file: RegistrationFile; readonly commitment: string };
  readonly observation: ObservationFile;
  readonly find: (name: string) => Uint8Array | null;
}

/**
 * That an observation is what its plan and the beacon left no choice about: suspect, statistics, looks, rule, and the rows
 * of the pool that may be asked.
 *
 * @throws EvidenceError PLAN_OTHER, PLAN_OTHER_REGISTRATION, PLAN_OTHER_SUSPECT, PLAN_OTHER_POOL, PLAN_STATISTICS, PLAN_LATE,
 *   PLAN_PROBES, PLAN_BUDGET, PLAN_LOOKS, PLAN_DRAW
 */
export function checkPlanned(given: PlannedObservation): void {
  const { opened, registration, observation } = given;
  const { file: plan, sha256 } = opened.plan;
  if (observation.plan?.sha256 !== sha256)
    throw altered("PLAN_OTHER", "the observation names another plan than this one");
  if (plan.registration !== registration.commitment)
    throw altered("PLAN_OTHER_REGISTRATION", "the plan was made under another registration");
  requireSuspect(plan, observation.suspect);
  requireBegunAfter(opened, observation.started);
  const schemes = new Set<string>(plan.statistics);
  const measured = observation.looks.flatMap(({ residuals }) => residuals);
  if (measured.some(({ carrier }) => !schemes.has(carrier.scheme)))
    throw altered("PLAN_STATISTICS", `the plan admits ${plan.statistics.join(", ")} and nothing else`);
  const { asking } = plan;
  if ((asking === null) !== (observation.probes === null))
    throw altered("PLAN_PROBES", asking === null ? "the plan asks nothing" : "the plan asks for probes");
  if (asking === null) return;
  const { pool } = registration.file;
  if (asking.pool.sha256 !== pool.sha256 || asking.pool.rows !== pool.rows)
    throw altered("PLAN_OTHER_POOL", "the plan draws from another pool than the registered one");
  requireRule(asking, observation);
  const rows = askedRows(given);
  const { plan: source, randomness } = opened;
  const drawn = drawnRows({ plan: source, randomness }, observation.plan.draw);
  requireAmount(asking, observation, { besides: rows.learning.length, drawn: drawn.length });
  requireDrawn(observation, rows, new Set(drawn));
}

/** @throws EvidenceError PLAN_OTHER_SUSPECT */
export function requireSuspect({ suspect: due }: PlanFile, found: ObservationFile["suspect"]): void {
  const same =
    due.protocol === found.protocol &&
    due.target === found.target &&
    due.sha256 === found.sha256 &&
    (due.model === undefined || due.model === found.model);
  if (same) return;
  throw refused("PLAN_OTHER_SUSPECT", `the plan is about ${named(due)}, and ${named(found)} was asked`);
}

/**
 * That asking began after the plan was made and dated.
 *
 * @param started RFC 3339
 * @throws EvidenceError PLAN_LATE
 */
export function requireBegunAfter({ plan, timestamps }: OpenedPlan, started: string): void {
  const dated = [plan.file.created, ...timestamps.map(({ time }) => time)];
  const late = dated.find((time) => Date.parse(time) > Date.parse(started));
  if (late === undefined) return;
  throw refused("PLAN_LATE", `the plan dates from ${late}, and asking began at ${started}`);
}

function requireRule(asking: PlannedAsking, { access, answers, probes }: ObservationFile): void {
  const { rule, choice = null } = probes ?? {};
  const labels = access === "labels";
  const due = probeRule({ labels, decimals: answers?.decimals ?? null }, asking.order, choice);
  const asked = choice === null || choice.asked === asking.order;
  if (asked && (rule === due || (due === "boundary" && rule === "most-uncertain"))) return;
  throw altered("PLAN_PROBES", `the plan calls for ${due} probes, not for ${rule ?? "none"}`);
}

interface AskedRows {
  /** Two for each probe. */
  readonly probes: Int32Array;
  readonly learning: Int32Array;
}

function askedRows({ observation, find }: PlannedObservation): AskedRows {
  const read = (name: string): Int32Array => {
    const bytes = Object.hasOwn(observation.files, name) ? find(name) : null;
    if (bytes === null || bytes.length % 4 !== 0)
      throw altered("PLAN_DRAW", `the observation does not say in "${name}" which rows of the pool it asked`);
    return int32Values(bytes);
  };
  return { probes: read(PLANNED_FILES.probes), learning: read(PLANNED_FILES.learning) };
}

/** Nothing is left to whoever observes but to stop at a look. */
function requireAmount(
  { budget, looks }: PlannedAsking,
  { probes }: ObservationFile,
  { besides, drawn }: { readonly besides: number; readonly drawn: number },
): void {
  const { planned = 0, asked = 0, learning = 0, rule } = probes ?? {};
  const left = Math.max(1, budget - learning);
  // One of the learning probes is asked a second time.
  if (learning < besides || learning > besides + 1 || learning > budget || asked > left)
    throw altered("PLAN_BUDGET", `${learning + asked} rows were asked, and the plan allows ${budget}`);
  if (looks.join() !== lookSizes(budget).join())
    throw altered(
      "PLAN_LOOKS",
      `a budget of ${budget} is looked at after ${lookSizes(budget).join(", ")} probes`,
    );
  const due = rule === "boundary" ? left : Math.min(left, drawn - besides);
  // Of a boundary there may be less than was asked for.
  if (rule === "boundary" ? planned <= due && planned > 0 : planned === due) return;
  throw altered("PLAN_LOOKS", `the plan ends at ${due} probes, and the observation at ${planned}`);
}

/** @throws EvidenceError PLAN_DRAW */
function requireDrawn(
  { probes }: ObservationFile,
  { probes: pairs, learning }: AskedRows,
  drawn: ReadonlySet<number>,
): void {
  const { asked = 0, rule, choice } = probes ?? {};
  if (pairs.length !== 2 * asked)
    throw altered("PLAN_DRAW", `${asked} probes were asked, and rows are given of ${pairs.length / 2}`);
  const outside = [...pairs, ...learning].find((row) => !drawn.has(row));
  if (outside !== undefined)
    throw altered("PLAN_DRAW", `row ${outside} of the pool was asked, which the beacon did not draw`);
  if (rule === "boundary") return;
  // Two of a pair are one row, and learning rows of a choice are not asked again.
  const rows = [...pairs].filter((row, i) => i % 2 === 0 || row !== pairs[i - 1]);
  const once = choice === undefined ? rows : [...rows, ...learning];
  if (new Set(once).size === once.length && rows.length === asked) return;
  throw altered("PLAN_DRAW", "a row of the pool was asked twice");
}

function named({ protocol, target, sha256, model }: PlanFile["suspect"]): string {
  const which = sha256 === undefined ? "" : ` ${sha256.slice(0, 16)}`;
  return `${target}${model === undefined ? "" : ` "${model}"`}${which} (${protocol})`;
}

/** What an observation that is begun under a plan may be refused for, as well as one that was altered. */
function refused(code: EvidenceErrorCode, message: string): EvidenceError {
  return new EvidenceError(code, message, "Follow the plan, or make another one before asking.");
}
