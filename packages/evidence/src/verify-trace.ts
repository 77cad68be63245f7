import { anchorFileNames } from "./anchor.js";
import { requireWholeRegister } from "./customers.js";
import { altered } from "./error.js";
import { observationPlaces, placeOfSealed } from "./observation-places.js";
import { registerIn, registrationLines, TRACE_PATHS, traceIn } from "./trace-parts.js";
import { property } from "./line-body.js";
import { checkObserver } from "./observer.js";
import { PLAN_FOLDER } from "./plan.js";
import { checkBeacon, checkTimestamps } from "./verify-anchors.js";
import { checkPlan } from "./verify-plan.js";
import { OBSERVATION_FOLDER, PATHS, REGISTRATION_FOLDER, type VerifyContext } from "./verify-context.js";
import { checkQueryLog, QUERY_LOG_PATHS } from "./verify-query-log.js";
import { checkLogged, checkParting, LOGGED_FOLDER } from "./verify-logged.js";
import type { BundleStep } from "./verify.js";
import type { StepResult } from "./run-steps.js";
import { boundKey, KEY_PATHS } from "./signer-keys.js";
import { checkResiduals } from "./verify-statistic.js";
import {
  checkArchive,
  checkMarks,
  checkObservation,
  checkRegistration,
  checkSignature,
  checkSubKey,
  checkTranscript,
} from "./verify-steps.js";
import { checkTracedStatistic } from "./verify-traced-statistic.js";
import { checkTerms, TERMS_PATHS } from "./verify-terms.js";

/** Name of the check of which logged queries were fixed before they were answered. */
export const PARTING = "logged sets";

/** The order in which a bundle of a trace is checked. */
export const TRACE_STEPS: readonly BundleStep[] = [
  { name: "archive", needs: [], run: checkArchive },
  { name: "registration", needs: ["archive"], run: checkRegistration },
  { name: "timestamps", needs: ["archive", "registration"], run: checkTimestamps },
  { name: "beacon", needs: ["archive", "registration"], run: checkBeacon },
  { name: "signature", needs: ["archive", "registration"], run: checkSignature },
  { name: "observation", needs: ["archive", "registration"], run: checkObservation },
  { name: "plan", needs: ["archive", "registration", "observation"], run: checkPlan },
  { name: "observer", needs: ["archive", "registration", "observation"], run: checkObserver },
  { name: "transcript", needs: ["registration", "observation"], run: checkTranscript },
  { name: "logged queries", needs: ["registration", "observation"], run: checkLogged },
  { name: PARTING, needs: ["logged queries"], run: checkParting },
  { name: "registration chain", needs: ["registration", "observation"], run: checkTraceChain },
  { name: "marks", needs: ["archive", "registration"], run: checkMarks },
  { name: "residuals", needs: ["registration", "observation"], run: checkResiduals },
  { name: "customers", needs: ["registration", "registration chain"], run: checkCustomers },
  {
    name: "trace",
    needs: ["observation", "plan", "observer", "logged queries", "registration chain", "customers"],
    run: checkTrace,
  },
  { name: "disclosure", needs: ["registration", "trace"], run: checkTracedSubKey },
  { name: "statistic", needs: ["observation", "beacon", "trace", "disclosure"], run: checkTracedStatistic },
  { name: "query log", needs: ["registration", "logged queries", "trace"], run: checkQueryLog },
  { name: "terms", needs: ["registration chain", "customers", "trace"], run: checkTerms },
];

/** The disclosed sub-key: committed to by the registration, and the one that the trace used. */
function checkTracedSubKey(context: VerifyContext): StepResult {
  return checkSubKey(context, () => ({ used: traceIn(context).subKey, by: "the trace" }));
}

/** The chain of the registration: it begins with this commitment and counts what was observed where the trace says. */
function checkTraceChain(context: VerifyContext): StepResult {
  const { sha256: commitment } = context.registration();
  const { position, observation, logged } = traceIn(context);
  const lines = registrationLines(context);
  const [first] = lines;
  if (first?.type !== "registration" || property(first.body, "commitment") !== commitment)
    throw altered("REGISTRATION_CHAIN", "the chain does not begin with this registration");
  const counted = observationPlaces(lines);
  const places = [placeOfSealed(counted, observation, "trace") + 1];
  if (logged !== null) places.push(placeOfSealed(counted, logged, "logged queries") + 1);
  if (places.includes(0) || Math.max(...places) !== position)
    throw altered("CONCLUSION_UNCOUNTED", `the chain does not count what was observed as number ${position}`);
  return { passed: `${lines.length} entries, what was observed is number ${position} of ${counted.length}` };
}

/** The register: the one that the trace names, and all that the registration's chain noted of it. */
function checkCustomers(context: VerifyContext): StepResult {
  const register = registerIn(context);
  requireWholeRegister(register, context.registration().sha256, registrationLines(context));
  const { entries, head } = traceIn(context).register;
  if (register.entries.length !== entries || register.head !== head)
    throw altered(
      "TRACE_DISAGREES",
      "the register of customers is not the one that the trace was drawn with",
    );
  return { passed: `${entries} customers, all of them paid for` };
}

/** The trace: about this observation, with every customer once, and naming those alone who reach the level. */
function checkTrace(context: VerifyContext): StepResult {
  const trace = traceIn(context);
  const { file, sha256: seal } = context.observation();
  const disagrees = (why: string): Error => altered("TRACE_DISAGREES", why);
  if (trace.registration !== context.registration().sha256)
    throw disagrees("the trace was drawn under another registration");
  if (trace.observation !== seal) throw disagrees("the trace was drawn from another observation");
  const known = new Set(registerIn(context).entries.map(({ id }) => id));
  const tried = new Set(trace.customers.map(({ customer }) => customer));
  const strangers = [...tried].filter((customer) => !known.has(customer));
  if (strangers.length > 0 || tried.size !== trace.customers.length || trace.tested !== tried.size)
    throw disagrees("the trace does not list every customer who was tried once");
  const asked = trace.account;
  if (asked !== undefined && [...tried].some((customer) => customer !== asked.customer))
    throw disagrees("the examination of one account lists others");
  const matching = trace.customers.filter((each) => each.verdict === "match");
  const low = matching.every(({ log10P }) => log10P <= Math.log10(trace.level) + 1e-9);
  const named = matching.map(({ customer }) => customer);
  const own = asked !== undefined && asked.customer === null && trace.verdict === "match";
  const ownLow = trace.gateway.some(({ log10P }) => log10P <= Math.log10(trace.level) + 1e-9);
  const agrees = own ? ownLow && named.length === 0 : (trace.verdict === "match") === named.length > 0;
  if (!low || named.join() !== trace.named.join() || !agrees)
    throw disagrees("whom the trace names does not follow from its own figures");
  requireKnownFiles(context);
  if (context.find(KEY_PATHS.binding) !== null)
    boundKey((path) => context.find(path), context.registration().file.signer);
  const whom = named.length === 0 ? "nobody" : named.join(", ");
  const who = `names ${own ? "the gateway's own mark" : whom}`;
  return {
    passed: `${who}, of ${trace.tested} tried on ${file.suspect.target}; its statistics are as stated`,
  };
}

const CHECKED_FOLDERS = [OBSERVATION_FOLDER, LOGGED_FOLDER, PLAN_FOLDER] as const;

/** @throws EvidenceError BUNDLE_FILE_UNKNOWN */
function requireKnownFiles(context: VerifyContext): void {
  const { anchor } = context.registration().file;
  const known = new Set<string>([
    ...Object.values(PATHS),
    ...Object.values(TRACE_PATHS),
    ...Object.values(TERMS_PATHS),
    ...Object.values(QUERY_LOG_PATHS),
    ...Object.values(KEY_PATHS),
    ...anchorFileNames(anchor).map((name) => REGISTRATION_FOLDER + name),
  ]);
  for (const path of context.bundle().files.keys()) {
    // Of the files in these folders it was said before which belong to them.
    if (CHECKED_FOLDERS.some((folder) => path.startsWith(folder)) || known.has(path)) continue;
    throw altered("BUNDLE_FILE_UNKNOWN", `"${path}" belongs to no part of a trace`);
  }
}
