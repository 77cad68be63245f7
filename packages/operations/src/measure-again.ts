import { CoreError } from "@indicia/core/error";
import { measureEndpointAgain } from "@indicia/core/measure-endpoint-again";
import { DECODING_NOTE } from "@indicia/core/observe-endpoint";
import { readRegisteredRows, readRegistration } from "@indicia/core/registration-folder";
import { readRegisteredShadows } from "@indicia/core/shadow-folder";
import type { Bundle } from "@indicia/evidence/bundle";
import { sha256Hex } from "@indicia/evidence/canonical";
import { observationSchema } from "@indicia/evidence/observation-format";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { openPlan } from "@indicia/evidence/open-plan";
import { PLAN_FOLDER } from "@indicia/evidence/plan";
import type { Transcript } from "@indicia/evidence/transcript";
import { drawIn } from "./follow-plan.js";
import { recordedEncoder } from "@indicia/suspects/encoding";
import { SuspectError } from "@indicia/suspects/error";
import { npzRows } from "./load.js";
import { checkedReference } from "./observe-suspect.js";
import { budgetOf, TERMS_NOTE } from "./observe-terms.js";
import type { ShownCheck } from "./replay-transcript.js";

/** Where what was registered lies; a bundle carries neither the pool nor any model. */
export interface RegisteredModels {
  readonly registration: string;
  readonly reference: string;
}

/**
 * Choose the probes of an endpoint's observation again and ask the registered models anew.
 */
export async function measuredAgain(
  { files }: Bundle,
  transcript: Transcript,
  models: RegisteredModels,
): Promise<ShownCheck> {
  const text = (name: string): string => new TextDecoder().decode(files.get(name));
  const file = observationSchema.parse(JSON.parse(text("observation/observation.json")));
  const failed = (detail: string, code: string): ShownCheck => ({
    name: "models",
    status: "failed",
    detail,
    code,
  });
  try {
    const registration = await readRegistration(models.registration);
    if (
      registration.commitment !== sha256Hex(files.get("registration/registration.json") ?? new Uint8Array(0))
    )
      return failed("the folder holds another registration", "WRONG_REGISTRATION");
    await checkedReference({ registration }, models.reference);
    const { notes, exchanges } = transcript;
    const noted = (wanted: string): unknown[] =>
      notes.flatMap(({ kind, body }) => (kind === wanted ? [body] : []));
    const budget = budgetOf(noted(TERMS_NOTE));
    const encode = recordedEncoder(noted(DECODING_NOTE)[0]);
    if (budget === null) return unsaid("the transcript does not say what the budget was");
    const opened = openPlan((name) => files.get(PLAN_FOLDER + name) ?? null, { sha256: nativeSha256 });
    const draw = opened === null || file.plan === undefined ? null : drawIn(opened, file.plan);
    const found = await measureEndpointAgain({
      registration,
      referencePath: models.reference,
      pool: await readRegisteredRows(models.registration, registration, "pool", npzRows),
      shadows: await readRegisteredShadows(models.registration, registration),
      budget,
      ...(draw === null ? {} : { draw }),
      sealed: { file, files: { get: (name) => files.get(`observation/${name}`) } },
      ...(encode === null ? {} : { requests: { exchanges, encode } }),
    });
    if ("unknown" in found) return unsaid(found.unknown);
    if ("asked" in found) return failed(found.asked, "REQUEST_DIFFERS");
    if ("differs" in found) return failed(found.differs, "RESIDUAL_DIFFERS");
    const asked =
      found.held === undefined
        ? "what the requests held does not follow from this transcript of before"
        : `${found.held} requests hold the probes that they name`;
    return {
      name: "models",
      status: "passed",
      detail: `${found.equal} residuals measured again from the registered models, all equal; ${asked}`,
    };
  } catch (error) {
    if (!(error instanceof CoreError || error instanceof SuspectError)) throw error;
    return failed(error.message, error.code);
  }
}

function unsaid(detail: string): ShownCheck {
  return { name: "models", status: "not checked", detail };
}
