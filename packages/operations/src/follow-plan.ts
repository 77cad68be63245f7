import { CoreError } from "@indicia/core/error";
import { readObservation } from "@indicia/core/observation-folder";
import {
  readPlanFolder,
  registrationLines,
  type StoredPlan,
  storePlanRound,
} from "@indicia/core/plan-folder";
import type { Registration } from "@indicia/core/registration";
import type { Draw } from "@indicia/core/probes/drawn-pool";
import { EvidenceError } from "@indicia/evidence/error";
import type { PlanFollowed } from "@indicia/evidence/observation-format";
import type { ProbeOrder } from "@indicia/evidence/probe-rule";
import type { OpenedPlan } from "@indicia/evidence/open-plan";
import { requirePlanEntered } from "@indicia/evidence/plan-chain";
import { drawLabel, drawnRows } from "@indicia/evidence/plan-draw";
import { requireBegunAfter } from "@indicia/evidence/planned-observation";
import type { Context } from "./context.js";
import { OperationError } from "./error.js";
import { dueRound } from "./due-round.js";
import type { PlanOptions } from "./options.js";

/** A plan that is followed. */
export interface Following {
  readonly stored: StoredPlan;
  readonly followed: PlanFollowed;
  /** Null for an open file, which is asked nothing. */
  readonly draw: Draw | null;
}

/**
 * Take up a plan before anything is asked: it is dated, counted in the registration's chain, and its round is there.
 *
 * @param rounds files of published rounds
 * @returns null where no plan is followed
 * @throws EvidenceError PLAN_OTHER_REGISTRATION, PLAN_OTHER, PLAN_UNCOUNTED, PLAN_LATE, PLAN_DRAW, and all of `openPlan`;
 *   CoreError BEACON_PENDING
 */
export async function followPlan(
  { plan: folder, fresh }: PlanOptions,
  given: {
    readonly registrationFolder: string;
    readonly registration: Registration;
    readonly rounds: readonly string[];
  },
  context: Context,
): Promise<Following | null> {
  if (folder === null) return null;
  const { registrationFolder, registration, rounds } = given;
  let stored = await readPlanFolder(folder);
  const { file, sha256 } = stored.opened.plan;
  if (file.registration !== registration.commitment) {
    throw new EvidenceError(
      "PLAN_OTHER_REGISTRATION",
      "the plan was made under another registration",
      "Give the registration folder that was used to plan.",
    );
  }
  requirePlanEntered(await registrationLines(registrationFolder), stored.opened);
  requireBegunAfter(stored.opened, context.now().toISOString());
  const demand = file.anchor?.beacon ?? null;
  if (demand !== null && stored.opened.randomness === null) {
    const round = await dueRound(demand, { rounds, what: "the draw of the probes" }, context);
    stored = await storePlanRound(folder, stored, round);
    context.say(
      `Round ${demand.round} of the beacon is verified and kept in ${folder}; it draws the probes.`,
    );
  }
  const followed = { sha256, ...(await drawOf(fresh, stored)) };
  return { stored, followed, draw: drawIn(stored.opened, followed) };
}

/** What a plan leaves of the pool; null for an open file. @throws EvidenceError PLAN_DRAW */
export function drawIn(opened: OpenedPlan, followed: PlanFollowed): Draw | null {
  if (opened.plan.file.asking === null) return null;
  const rows = drawnRows(opened, followed.draw);
  return { followed, rows, label: drawLabel(opened, followed.draw) };
}

/** The first draw, or the one after that of an earlier observation under the same plan. */
async function drawOf(
  fresh: string | null,
  { opened: { plan } }: StoredPlan,
): Promise<Omit<PlanFollowed, "sha256">> {
  if (fresh === null) return { draw: 0, fresh: null };
  if (plan.file.asking === null)
    throw new CoreError(
      "PROBES_UNSUITABLE",
      "an open file is asked nothing, so that there are no fresh probes",
      "Leave --fresh out.",
    );
  const { file, seal } = await readObservation(fresh);
  if (file.plan?.sha256 === plan.sha256) return { draw: file.plan.draw + 1, fresh: seal };
  throw new EvidenceError(
    "PLAN_OTHER",
    `the observation in "${fresh}" followed ${file.plan === undefined ? "no plan" : "another plan"}`,
    "Give the observation under this plan whose rows are to be left out.",
  );
}

/** What a command says itself, or leaves to the plan. */
export interface Terms {
  readonly budget: number | null;
  readonly probes: ProbeOrder | null;
  readonly level: number | null;
}

/**
 * Budget, probes and level of a plan, where one is followed.
 *
 * @throws OperationError PLAN_CONTRADICTED where the command says something else
 */
export function plannedTerms(following: Following | null, said: Terms): Terms {
  if (following === null) return said;
  const { level, asking } = following.stored.opened.plan.file;
  const due: Terms = { budget: asking?.budget ?? null, probes: asking?.order ?? null, level };
  for (const name of ["budget", "probes", "level"] as const) requireSame(name, due[name], said[name]);
  return due;
}

/** The level of a plan, or what a command says where there is none. @throws OperationError PLAN_CONTRADICTED */
export function plannedLevel(plan: OpenedPlan | null, said: number | null): number | null {
  if (plan === null) return said;
  const { level } = plan.plan.file;
  requireSame("level", level, said);
  return level;
}

function requireSame(name: keyof Terms, due: number | string | null, said: number | string | null): void {
  if (said === null || due === null || said === due) return;
  throw new OperationError(
    "PLAN_CONTRADICTED",
    `the plan says --${name} ${due}, not ${said}`,
    `Leave --${name} out, or make another plan.`,
  );
}
