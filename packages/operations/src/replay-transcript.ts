import { isDeepStrictEqual } from "node:util";
import { CoreError } from "@indicia/core/error";
import { DECODING_NOTE } from "@indicia/core/observe-endpoint";
import { relearnedAccess, replayedAnswers } from "@indicia/core/replay-observation";
import { pastAnswers } from "@indicia/core/resume";
import type { Bundle } from "@indicia/evidence/bundle";
import { observationSchema } from "@indicia/evidence/observation-format";
import { registrationSchema } from "@indicia/evidence/registration-format";
import { SHADOW_FILES } from "@indicia/evidence/measure-shadows";
import type { Transcript } from "@indicia/evidence/transcript";
import type { Check } from "@indicia/evidence/verify";
import { ordersClasses, recordedDecoder } from "@indicia/suspects/decoding";
import { SuspectError } from "@indicia/suspects/error";
import { counted } from "./counted.js";
import { unpaidChoices } from "./unpaid-choices.js";

/** A check of the evidence package, or one of the command's own. */
export interface ShownCheck extends Omit<Check, "name" | "code"> {
  readonly name: string;
  readonly code?: string;
}

/** Decode the transcript's answers again, and hold them against those that were sealed. */
export function replayedTranscript({ files }: Bundle, transcript: Transcript | null): ShownCheck {
  try {
    if (transcript === null)
      return { name: "answers", status: "not checked", detail: "no answers of an endpoint were sealed" };
    return { name: "answers", ...replay(files, transcript) };
  } catch (error) {
    if (!(error instanceof SuspectError || error instanceof CoreError)) throw error;
    return { name: "answers", status: "failed", detail: error.message, code: error.code };
  }
}

/**
 * Records of before say nothing of how their answers are decoded. What is observed today says it always, and pays for its
 * losses, which those of before do not: one that pays and is silent was stripped.
 */
function replay(
  files: Bundle["files"],
  { exchanges, notes }: Transcript,
): Pick<ShownCheck, "status" | "detail"> {
  const json = (name: string): unknown => JSON.parse(new TextDecoder().decode(files.get(name)));
  const observation = observationSchema.parse(json("observation/observation.json"));
  const { readout } = registrationSchema.parse(json("registration/registration.json"));
  const decodings = notes.flatMap(({ kind, body }) => (kind === DECODING_NOTE ? [body] : []));
  if (decodings.length === 0 && observation.pricing === undefined)
    return {
      status: "not checked",
      detail:
        "the record is of before records said how their answers are decoded: that these are the sealed ones is the word " +
        "of whoever observed",
    };
  const [decoding] = decodings;
  if (decodings.some((other) => !isDeepStrictEqual(other, decoding))) {
    throw new CoreError(
      "OBSERVATION_INVALID",
      "the transcript was decoded in several ways",
      "The evidence was not made by this program, or was changed before it was signed.",
    );
  }
  const known = pastAnswers(recordedDecoder(decoding), exchanges);
  const choice = files.get(`observation/${SHADOW_FILES.choice}`) ?? null;
  const { access, decimals, topK } = relearnedAccess(known, choice);
  const { answers: stated } = observation;
  if (access !== observation.access || decimals !== stated?.decimals || topK !== stated.topK) {
    throw new CoreError(
      "OBSERVATION_INVALID",
      "the first answers in the transcript are of another kind than is stated",
      "The evidence was not made by this program, or was changed before it was signed.",
    );
  }
  const again = replayedAnswers(observation, "refusal" in readout ? 0 : readout.classes, known, choice);
  for (const [name, bytes] of again) {
    const sealed = files.get(`observation/${name}`);
    if (sealed === undefined || !Buffer.from(sealed).equals(bytes)) {
      throw new CoreError(
        "OBSERVATION_INVALID",
        `the transcript decodes to another "${name}" than was sealed`,
        "The evidence was not made by this program, or was changed before it was signed.",
      );
    }
  }
  const unpaid = unpaidChoices(observation, readout, {
    ordered: ordersClasses(decoding),
    files: { get: (name) => files.get(`observation/${name}`) },
  });
  const said = `${counted(observation.probes?.asked ?? 0, "answer")} decoded again from the transcript, equal to those sealed`;
  const detail =
    unpaid.length === 0 ? said : `${said}; not paid for, since it is of before: ${unpaid.join(", ")}`;
  return { status: "passed", detail };
}
