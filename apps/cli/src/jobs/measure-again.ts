import { CoreError } from "@indicia/core/error";
import { measureEndpointAgain } from "@indicia/core/measure-endpoint-again";
import { DECODING_NOTE } from "@indicia/core/observe-endpoint";
import { readRegisteredRows, readRegistration } from "@indicia/core/registration-folder";
import { readRegisteredShadows } from "@indicia/core/shadow-folder";
import { readBundle } from "@indicia/evidence/bundle";
import { sha256Hex } from "@indicia/evidence/canonical";
import { observationSchema } from "@indicia/evidence/formats";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { readTranscript } from "@indicia/evidence/transcript";
import { recordedEncoder } from "@indicia/suspects/encoding";
import { SuspectError } from "@indicia/suspects/error";
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
 *
 * @param models null where nobody named them
 * @returns null where no endpoint was asked
 */
export async function measuredAgain(
  bytes: Uint8Array,
  models: RegisteredModels | null,
): Promise<ShownCheck | null> {
  const { files } = readBundle(bytes, { sha256: nativeSha256 });
  const text = (name: string): string => new TextDecoder().decode(files.get(name));
  const file = observationSchema.parse(JSON.parse(text("observation/observation.json")));
  const recorded = files.get("observation/transcript.jsonl");
  if (file.access === "file" || recorded === undefined) return null;
  if (models === null)
    return unsaid(
      "coordinates, and what reference and shadow models answered, are the word of whoever observed; " +
        "give --registration and --reference to compute them again",
    );
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
    const { notes, exchanges } = readTranscript(recorded, { sha256: nativeSha256 });
    const noted = (wanted: string): unknown[] =>
      notes.flatMap(({ kind, body }) => (kind === wanted ? [body] : []));
    const budget = budgetOf(noted(TERMS_NOTE));
    const encode = recordedEncoder(noted(DECODING_NOTE)[0]);
    if (budget === null) return unsaid("the transcript does not say what the budget was");
    const found = await measureEndpointAgain({
      registration,
      referencePath: models.reference,
      pool: await readRegisteredRows(models.registration, registration, "pool", npzRows),
      shadows: await readRegisteredShadows(models.registration, registration),
      budget,
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
