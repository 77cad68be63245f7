import { refuseExisting } from "@indicia/core/folder";
import { CoreError } from "@indicia/core/error";
import { writePlan } from "@indicia/core/plan-folder";
import type { Registration } from "@indicia/core/registration";
import { openRegistrationChain, readRegistration } from "@indicia/core/registration-folder";
import { roundTime } from "@indicia/evidence/beacon";
import { observationPlaces } from "@indicia/evidence/observation-places";
import {
  admittedRows,
  type PlanFile,
  type PlannedAsking,
  type PlannedSuspect,
  planBytes,
} from "@indicia/evidence/plan";
import { standingReasons } from "@indicia/evidence/standing";
import { lookSizes } from "@indicia/proof/looks";
import { checkUrl } from "@indicia/suspects/checked-connect";
import { openFileSuspect } from "@indicia/suspects/index";
import type { Context, Job } from "./context.js";
import { counted } from "./counted.js";
import { anchorOf, chainOf } from "./anchor-demand.js";
import { anchorFiles, askAuthorities } from "./ask-authorities.js";
import { readRoots } from "./timestamp-roots.js";
import type { PlanningOptions, Suspect } from "./options.js";

/** `indicia plan`: commit to suspect, statistics, looks and level, have it dated, and count it. No key takes part. */
export const plan: Job<PlanningOptions> = async (options, context) => {
  refuseExisting(options.out);
  const registration = await readRegistration(options.registration);
  const suspect = await suspectOf(options.suspect);
  const asking = isAsked(options.suspect) ? askingOf(options, registration) : null;
  const trusted = await readRoots(options.anchor.roots);
  // Open until the plan is counted: it holds the hash of the line before its own.
  const chain = await openRegistrationChain(options.registration, registration, context.now);
  try {
    const place = observationPlaces(chain.found).length + 1;
    const anchor = await anchored(options, trusted, context.now());
    const file: PlanFile = {
      version: 1,
      kind: "indicia plan",
      created: context.now().toISOString(),
      registration: registration.commitment,
      chain: { entries: chain.entries, head: chain.head },
      suspect,
      statistics: statisticsOf(registration, asking !== null),
      level: options.level ?? registration.file.parameters.level,
      asking,
      ...anchor,
    };
    const { sha256 } = planBytes(file);
    // Said before it is entered, since its place in the chain stays taken.
    warn(standingReasons(registration.file, { plan: file }), file, context);
    const dated =
      file.anchor === undefined
        ? []
        : await askAuthorities(sha256, file.anchor, { ...options.anchor, trusted });
    await writePlan(options.out, file, { chain, anchors: anchorFiles(dated, trusted) });
    const beacon = file.anchor?.beacon ?? null;
    const due = beacon === null ? null : roundTime(beacon).toISOString();
    tell(file, { sha256, place, due, out: options.out }, context);
    for (const { found } of dated) context.say(`Dated ${found.time} by "${found.signer.subject}".`);
    return {
      exitCode: 0,
      report: {
        plan: sha256,
        folder: options.out,
        suspect,
        statistics: file.statistics,
        level: file.level,
        asking,
        position: place,
        timestamps: dated.map(({ found }, i) => ({ ...file.anchor?.timestamps[i], ...found })),
        beacon: beacon === null ? null : { ...beacon, due },
        standingReasons: standingReasons(registration.file, { plan: file }),
      },
    };
  } finally {
    await chain.close();
  }
};

function isAsked(suspect: Suspect): boolean {
  return suspect.kind === "endpoint" || suspect.protocol === "onnx-black-box";
}

/** As an observation will name it; nothing is asked yet. @throws SuspectError SUSPECT_ADDRESS */
async function suspectOf(suspect: Suspect): Promise<PlannedSuspect> {
  if (suspect.kind === "file") {
    const { identity } = await openFileSuspect(suspect.path);
    return { ...identity, protocol: suspect.protocol };
  }
  const { url, protocol, model } = suspect;
  // Refused now rather than by what follows the plan, when its place in the chain is taken.
  checkUrl(url, suspect);
  const target = `${url.origin}${url.pathname}`;
  return { protocol, target, ...(model === null ? {} : { model }) };
}

/** @throws CoreError NO_READOUT, PROBES_UNSUITABLE */
function askingOf({ budget, probes, draw }: PlanningOptions, { file }: Registration): PlannedAsking {
  if ("refusal" in file.readout)
    throw new CoreError(
      "NO_READOUT",
      `answers carry no mark of this model: ${file.readout.refusal}`,
      "Only its weight mark can be examined: give the suspect's .onnx file.",
    );
  if (probes === "shadows" && file.shadows.length === 0)
    throw new CoreError(
      "PROBES_UNSUITABLE",
      "no shadow models are registered to choose probes by",
      "Choose --probes auto, uncertain or boundary.",
    );
  const { rows, sha256 } = file.pool;
  if (draw !== null && draw > rows)
    throw new CoreError(
      "PROBES_UNSUITABLE",
      `the registered pool has ${rows} rows, fewer than the ${draw} that are to be drawn`,
      "Draw fewer.",
    );
  return {
    order: probes,
    budget,
    looks: lookSizes(budget),
    pool: { rows, sha256 },
    admitted: draw ?? admittedRows(rows, budget),
  };
}

/** Everything that an observation of this kind can consist of. */
function statisticsOf({ file }: Registration, asked: boolean): PlanFile["statistics"] {
  if (asked) return ["readout/1"];
  const schemes = [file.weights, file.readout].flatMap((each) => ("refusal" in each ? [] : [each.scheme]));
  if (schemes.length > 0) return schemes;
  throw new CoreError("NOTHING_TO_MARK", "the registration has no mark at all", "Register another model.");
}

async function anchored(
  { anchor }: PlanningOptions,
  trusted: Awaited<ReturnType<typeof readRoots>>,
  now: Date,
): Promise<Pick<PlanFile, "anchor">> {
  const chain = await chainOf(anchor);
  if (anchor.authorities.length === 0 && chain === null) return {};
  return { anchor: anchorOf(anchor, trusted, { chain, now }) };
}

function warn(reasons: readonly string[], { asking, anchor }: PlanFile, context: Context): void {
  if (reasons.length === 0) return;
  const undated = (anchor?.timestamps ?? []).length === 0;
  const undrawn = asking !== null && anchor?.beacon == null;
  const lacking = [
    undated ? "without --tsa nothing dates this plan" : null,
    undrawn ? "without --beacon nobody else draws its probes" : null,
  ].filter((part) => part !== null);
  const said = lacking.length === 0 ? "" : `${lacking.join(", and ")}; `;
  context.say(`Warning: ${said}standing stays exploratory (${reasons.join("; ")}).`);
}

function tell(
  { suspect, asking, anchor }: PlanFile,
  given: {
    readonly sha256: string;
    readonly place: number;
    readonly due: string | null;
    readonly out: string;
  },
  context: Context,
): void {
  context.say(
    `Planned as ${given.sha256} in ${given.out}: ${suspect.target}, ${asking === null ? "whose file is open" : `at most ${counted(asking.budget, "row")} of the ${asking.admitted} that are drawn from ${asking.pool.rows}`}.`,
  );
  if (asking !== null && asking.admitted >= asking.pool.rows)
    context.say(
      "Warning: the draw takes the whole pool, so that it decides nothing and leaves no fresh rows for another observer; " +
        "plan a smaller budget, or register a larger pool.",
    );
  context.say(`It is number ${given.place} under the registration, and pays for those before it.`);
  if (given.due !== null && anchor?.beacon != null)
    context.say(`The probes wait for round ${anchor.beacon.round} of the beacon, due at ${given.due}.`);
}
