import { isDeepStrictEqual } from "node:util";
import { CoreError } from "@indicia/core/error";
import { sealedAnswers } from "@indicia/core/sealed-answers";
import type { ObservationFile } from "@indicia/evidence/observation-format";
import type { RegistrationFile } from "@indicia/evidence/registration-format";
import { float64Values } from "@indicia/evidence/numbers";
import { classOrder, type OrderedAnswers } from "@indicia/proof/class-order";

/** What the record of an observation has, beside what it states. */
export interface RecordedChoices {
  /** Whether whoever asked said which class each answer means. */
  readonly ordered: boolean;
  /** Files of the observation. */
  readonly files: { get(name: string): Uint8Array | undefined };
}

/**
 * Choices of whoever asked that an observation leaves unpaid, as one of before does. What a later one states of them is
 * measured again.
 *
 * @throws CoreError OBSERVATION_INVALID where another order of the classes is stated than the sealed answers have
 */
export function unpaidChoices(
  observation: ObservationFile,
  readout: RegistrationFile["readout"],
  { ordered, files }: RecordedChoices,
): string[] {
  const { looks, pricing, probes } = observation;
  if (pricing === undefined && looks.every((look) => look.classOrder === undefined)) {
    return [
      ...((probes?.lost ?? 0) > 0 ? ["how many probes are unanswered"] : []),
      ...(ordered ? ["the order of the classes"] : []),
    ];
  }
  const table = ordered ? tableOf(observation, readout, files) : null;
  for (const look of looks) {
    const due = table === null ? undefined : classOrder(table, look.probes);
    if (isDeepStrictEqual(due, look.classOrder)) continue;
    throw new CoreError(
      "OBSERVATION_INVALID",
      "the order of the classes is borne out by the answers otherwise than is stated",
      "The evidence was not made by this program, or was changed before it was signed.",
    );
  }
  return [];
}

function tableOf(
  observation: ObservationFile,
  readout: RegistrationFile["readout"],
  files: RecordedChoices["files"],
): OrderedAnswers | null {
  if ("refusal" in readout) return null;
  return {
    probes: observation.probes?.asked ?? 0,
    classes: readout.classes,
    link: readout.tail === "sigmoid" ? "sigmoid" : "softmax",
    reference: float64Values(files.get("reference.f64") ?? new Uint8Array(0)),
    ...sealedAnswers(observation, files),
  };
}
