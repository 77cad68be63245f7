import { verifiedTimestamps } from "./anchor.js";
import { roundTime } from "./beacon.js";
import { chainWords } from "./beacon-drand.js";
import { readChain } from "./chain.js";
import { altered } from "./error.js";
import { planFileNames } from "./open-plan.js";
import { PLAN_FOLDER } from "./plan.js";
import { requirePlanFirst } from "./plan-chain.js";
import { checkPlanned } from "./planned-observation.js";
import { OBSERVATION_FOLDER, PATHS, type VerifyContext } from "./verify-context.js";
import type { StepResult } from "./run-steps.js";

/** The plan: dated, drawn, entered in the chain before anything else, and followed by the observation. */
export function checkPlan(context: VerifyContext): StepResult {
  const { file: observation, sha256: seal } = context.observation();
  const opened = context.plan();
  const files = [...context.bundle().files.keys()].filter((path) => path.startsWith(PLAN_FOLDER));
  const expected = new Set(
    opened === null ? [] : planFileNames(opened.plan).map((name) => PLAN_FOLDER + name),
  );
  const stray = files.find((path) => !expected.has(path));
  if (stray !== undefined) throw altered("PLAN_UNEXPECTED", `no plan speaks of "${stray}"`);
  if (opened === null) {
    if (observation.plan === undefined)
      return { passed: "none was made before the first query, and the standing says so" };
    throw altered("PLAN_MISSING", "the plan that the observation names is missing");
  }
  if (observation.plan === undefined)
    throw altered("PLAN_UNEXPECTED", "the observation does not speak of a plan");
  const { timestampRoots: roots = [] } = context.options;
  const { anchor: demand } = opened.plan.file;
  const find = (name: string): Uint8Array | null => context.find(PLAN_FOLDER + name);
  // Against the roots that were given as well; the standing speaks of the planned ones.
  if (demand !== undefined && roots.length > 0)
    verifiedTimestamps({ demand, commitment: opened.plan.sha256, find, roots });
  const registration = context.registration();
  checkPlanned({
    opened,
    registration: { file: registration.file, commitment: registration.sha256 },
    observation,
    find: (name) => context.find(OBSERVATION_FOLDER + name),
  });
  const chain = context.find(PATHS.registrationChain);
  const { lines } =
    chain === null ? { lines: [] } : readChain(chain, { kind: "registration", sha256: context.sha256 });
  requirePlanFirst(lines, opened, { file: observation, seal });
  const { file, sha256: hash } = opened.plan;
  const dated = opened.timestamps.map(({ time, signer }) => `dated ${time} by "${signer.subject}"`);
  const beacon = file.anchor?.beacon ?? null;
  const drawn =
    file.asking === null
      ? "an open file is asked nothing"
      : beacon === null
        ? "no beacon drew the probes"
        : `the rows asked are among those that round ${beacon.round} of ${chainWords(beacon)}, ${roundTime(beacon).toISOString()}, admits (draw ${observation.plan.draw + 1})`;
  return {
    passed: `${hash}, line ${file.chain.entries} of the chain; ${dated.length === 0 ? "nobody outside dated it" : dated.join("; ")}; ${drawn}`,
  };
}
