import { CoreError } from "@indicia/core/error";
import { measureEndpointAgain } from "@indicia/core/measure-endpoint-again";
import { readRegisteredRows, readRegistration } from "@indicia/core/registration-folder";
import { readRegisteredShadows } from "@indicia/core/shadow-folder";
import type { Bundle } from "@indicia/evidence/bundle";
import { sha256Hex } from "@indicia/evidence/canonical";
import { observationSchema } from "@indicia/evidence/formats";
import type { Transcript } from "@indicia/evidence/transcript";
import { npzRows } from "./load.js";
import { budgetOf, checkedReference, TERMS_NOTE } from "./observe-suspect.js";
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
    const budget = budgetOf(
      transcript.notes.flatMap(({ kind, body }) => (kind === TERMS_NOTE ? [body] : [])),
    );
    if (budget === null) return unsaid("the transcript does not say what the budget was");
    const found = await measureEndpointAgain({
      registration,
      referencePath: models.reference,
      pool: await readRegisteredRows(models.registration, registration, "pool", npzRows),
      shadows: await readRegisteredShadows(models.registration, registration),
      budget,
      sealed: { file, files: { get: (name) => files.get(`observation/${name}`) } },
    });
    if ("unknown" in found) return unsaid(found.unknown);
    return "differs" in found
      ? failed(found.differs, "RESIDUAL_DIFFERS")
      : {
          name: "models",
          status: "passed",
          detail: `${found.equal} residuals measured again from the registered models, all equal`,
        };
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    return failed(error.message, error.code);
  }
}

function unsaid(detail: string): ShownCheck {
  return { name: "models", status: "not checked", detail };
}
