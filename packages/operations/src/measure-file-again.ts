import { isDeepStrictEqual } from "node:util";
import { CoreError } from "@indicia/core/error";
import { observeFile } from "@indicia/core/observe-file";
import { openRegistration } from "@indicia/core/registration";
import type { Bundle } from "@indicia/evidence/bundle";
import { observationSchema } from "@indicia/evidence/observation-format";
import { openModel } from "@indicia/onnx/open";
import { openFileSuspect } from "@indicia/suspects/index";
import { identify } from "./load.js";
import type { ShownCheck } from "./replay-transcript.js";
import { requireReferenceFiles } from "./require-reference.js";

/** Measure suspect and reference again and hold every residual against the sealed one. */
export async function recomputed(
  { files }: Bundle,
  models: { readonly suspect: string; readonly reference: string },
): Promise<ShownCheck> {
  const failed = (detail: string, code: string): ShownCheck => ({
    name: "models",
    status: "failed",
    detail,
    code,
  });
  const registrationBytes = files.get("registration/registration.json");
  if (registrationBytes === undefined) return failed("the bundle has no registration", "BUNDLE_FILE_MISSING");
  const registration = openRegistration(
    registrationBytes,
    files.get("registration/basis.f64") ?? null,
    files.get("registration/sketch.bin") ?? null,
  );
  const suspectModel = openModel(models.suspect);
  const referenceModel = openModel(models.reference);
  try {
    const identity = await identify(models.reference, referenceModel);
    const { sha256 } = identity;
    try {
      requireReferenceFiles(registration, identity);
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      return failed("the reference is not the registered one", error.code);
    }
    const suspect = await openFileSuspect(models.suspect);
    const again = await observeFile({
      registration,
      suspect,
      suspectModel,
      reference: { model: referenceModel, sha256 },
      clock: () => new Date(0),
    });
    const sealed = observationSchema.parse(
      JSON.parse(new TextDecoder().decode(files.get("observation/observation.json"))),
    );
    if (sealed.suspect.sha256 !== again.file.suspect.sha256)
      return failed("the suspect given is not the file that was observed", "RESIDUAL_DIFFERS");
    if (again.files.size !== Object.keys(sealed.files).length)
      return failed("measuring these models gives other files than were sealed", "RESIDUAL_DIFFERS");
    for (const [name, content] of again.files) {
      const stored = files.get(`observation/${name}`);
      if (stored === undefined || !Buffer.from(stored).equals(content)) {
        return failed(`measuring these models gives another "${name}"`, "RESIDUAL_DIFFERS");
      }
    }
    for (const part of ["access", "looks", "controls", "reference"] as const) {
      if (isDeepStrictEqual(again.file[part], sealed[part])) continue;
      return failed(`measuring these models gives other ${part} than were sealed`, "RESIDUAL_DIFFERS");
    }
    return {
      name: "models",
      status: "passed",
      detail: `${again.files.size} residuals measured again from the models, all equal`,
    };
  } finally {
    suspectModel.close();
    referenceModel.close();
  }
}
