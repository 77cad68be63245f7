import type { CarrierOf } from "@indicia/proof/carrier-of";
import { lookSizes } from "@indicia/proof/looks";
import { sampleSegments } from "@indicia/proof/sample-segments";
import { altered, type EvidenceError } from "./error.js";
import type { ObservationFile, ObservedLook, SealedResidual } from "./observation-format.js";
import type { RegistrationFile } from "./registration-format.js";
import { SHADOW_FILES, shadowControlNames } from "./measure-shadows.js";
import { probeRule } from "./probe-rule.js";

/** Controls of every observation of answers, in order; registered shadow models follow them. */
const ANSWER_CONTROLS = ["reference", "stranger", "noised-1", "noised-2"] as const;
/** Controls of every observation of a file, in order; the reference where there was one. */
const FILE_CONTROLS = ["reference", "noise", "stranger"] as const;
/** Residuals of a file, in order; those that could not be measured are left out. */
const FILE_RESIDUALS = ["weights", "weights-blind", "file-readout"] as const;

/**
 * What an observation consists of follows from its registration, from how the suspect answers and from how far the
 * asking went. Whoever could choose residuals, their places in the carrier, looks or controls once the key had spoken
 * could make it say anything.
 *
 * @throws EvidenceError OBSERVATION_STRUCTURE
 */
export function checkStructure(observation: ObservationFile, registration: RegistrationFile): void {
  if (observation.access === "file") checkFile(observation, registration);
  else checkAnswers(observation, registration);
  checkShadowFiles(observation, registration);
  for (const { residuals } of [...observation.looks, ...observation.controls]) {
    for (const { carrier } of residuals) checkCarrier(carrier, registration);
  }
}

function checkFile(
  { looks, controls, probes, answers, transcript, reference }: ObservationFile,
  { weights }: RegistrationFile,
): void {
  const [look] = looks;
  if (look === undefined || looks.length !== 1 || probes !== null || answers !== null || transcript !== null)
    throw wrong("a file is looked at once, and asked nothing");
  if (look.probes !== 0 || look.lost !== 0) throw wrong("a file answers no probes");
  const known = FILE_RESIDUALS.filter((id) => look.residuals.some((residual) => residual.id === id));
  if (look.residuals.map(({ id }) => id).join() !== known.join())
    throw wrong("it has residuals of its own making");
  const blind = known.includes("weights-blind");
  if (blind === (reference !== null) && (blind || known.includes("weights")))
    throw wrong("weights are measured against the reference where there is one, and only there");
  if ("refusal" in weights && known.some((id) => id.startsWith("weights")))
    throw wrong("no weights are registered");
  if (look.residuals.some(({ formed }) => formed !== null))
    throw wrong("a file has no answers to form residuals from");
  const names = FILE_CONTROLS.filter((name) => name !== "reference" || reference !== null);
  checkControls(controls, names, look.residuals);
}

function checkAnswers(observation: ObservationFile, { shadows }: RegistrationFile): void {
  const { looks, controls, probes, answers, transcript } = observation;
  const last = looks.at(-1);
  if (last === undefined || probes === null || answers === null) throw wrong("answers come from probes");
  if (transcript === null) throw wrong("answers of an endpoint come with a transcript");
  const due = lookSizes(probes.planned ?? last.probes).slice(0, looks.length);
  if (looks.map((look) => look.probes).join() !== due.join())
    throw wrong(`looks are taken at ${lookSizes(probes.planned ?? last.probes).join(", ")} probes`);
  if (last.probes !== probes.asked || last.lost !== probes.lost)
    throw wrong("the last look takes in all that was asked");
  if (looks.some(({ residuals }) => residuals.some(({ formed }) => formed === null)))
    throw wrong("residuals of answers are formed from answers");
  checkRule(observation, probes, shadows.length > 0);
  checkControls(controls, [...ANSWER_CONTROLS, ...shadowControlNames(shadows.length)], last.residuals);
}

/** With shadow models the rule follows from what was learnt; on a pool of one label there is no boundary. */
function checkRule(
  { access, answers }: ObservationFile,
  { rule, choice }: NonNullable<ObservationFile["probes"]>,
  shadowed: boolean,
): void {
  if ((choice !== undefined) !== shadowed)
    throw wrong("a choice of probes is stated with shadow models, and only then");
  if (choice === undefined) {
    if (rule === "most-spread") throw wrong("there are no shadow models to choose probes by");
    return;
  }
  const due = probeRule(
    { labels: access === "labels", decimals: answers?.decimals ?? null },
    choice.asked,
    choice,
  );
  if (rule !== due && !(due === "boundary" && rule === "most-uncertain"))
    throw wrong(`what was learnt calls for ${due} probes, not ${rule}`);
}

/** What the shadows said is sealed where there are shadows and answers to hold it against. */
function checkShadowFiles({ access, files }: ObservationFile, { shadows }: RegistrationFile): void {
  const due = access !== "file" && shadows.length > 0;
  for (const name of Object.values(SHADOW_FILES)) {
    if (Object.hasOwn(files, name) !== due)
      throw wrong(due ? `"${name}" is not among its files` : `"${name}" belongs to no shadow model`);
  }
}

/** Every control is there, measured as the suspect was at its last look. */
function checkControls(
  controls: ObservationFile["controls"],
  names: readonly string[],
  residuals: ObservedLook["residuals"],
): void {
  if (controls.map(({ name }) => name).join() !== names.join())
    throw wrong(`its controls are not ${names.join(", ")}`);
  const shape = ({ carrier, formed }: SealedResidual): string =>
    JSON.stringify([carrier, formed?.residual ?? null, formed?.shaping ?? null]);
  const due = residuals.map(shape).join();
  for (const { name, kind, residuals: own } of controls) {
    if (kind !== kindOf(name)) throw wrong(`"${name}" is no ${kind}`);
    if (own.map(shape).join() !== due) throw wrong(`"${name}" was not measured as the suspect was`);
  }
}

function kindOf(control: string): ObservationFile["controls"][number]["kind"] {
  if (control === "reference") return "reference";
  return control.startsWith("shadow-") ? "shadow" : "innocent";
}

/** Where a residual lies in the carrier is fixed by the registration. */
function checkCarrier(carrier: CarrierOf, { weights, readout }: RegistrationFile): void {
  if (carrier.scheme === "readout/1") {
    if ("refusal" in readout || carrier.rows !== readout.dimensions || carrier.columns !== readout.classes)
      throw wrong("a residual has another size than the registered read-out");
    return;
  }
  const plan = "refusal" in weights ? [] : weights.tensors;
  const labels = new Set(carrier.segments.map(({ label }) => label));
  const due = sampleSegments(plan).filter(({ label }) => labels.has(label));
  const equal =
    due.length === carrier.segments.length &&
    due.every((segment, i) => {
      const stated = carrier.segments[i];
      return (
        stated?.label === segment.label && stated.start === segment.start && stated.count === segment.count
      );
    });
  if (!equal) throw wrong("its weights are not those that the registered plan samples");
}

function wrong(what: string): EvidenceError {
  return altered("OBSERVATION_STRUCTURE", `the observation is not made as observations are: ${what}`);
}
