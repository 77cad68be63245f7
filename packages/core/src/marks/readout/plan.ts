import { sha256Hex } from "@indicia/evidence/canonical";
import type { RegisteredReadout } from "@indicia/evidence/registration-format";
import type { OnnxModel } from "@indicia/onnx/open";
import type { InputRows } from "../../registration.js";
import { type Basis, basisBytes, keyedDimensions, principalBasis } from "./basis.js";
import { readFeatures } from "./features.js";
import { findReadout, type NoReadout, type Readout } from "./find.js";
import { uncertainty } from "./uncertainty.js";

/** A read-out with its frozen coordinates, as it goes into the registration. */
export interface PlannedReadout {
  readonly readout: RegisteredReadout;
  readonly basis: Basis;
}

/**
 * Find the read-out and compute its keyed coordinates on calibration data, each row weighted by how unsure the model is.
 *
 * @returns the plan, or the reason why the model has none
 * @throws CoreError FEATURES_DEGENERATE, FEATURES_SHAPE
 */
export async function planReadout(request: {
  readonly model: OnnxModel;
  readonly modelPath: string;
  readonly calibration: InputRows;
  readonly onProgress?: (done: number, total: number) => void;
}): Promise<PlannedReadout | NoReadout> {
  const found = findReadout(request.model);
  if ("refusal" in found) return found;
  const { features: h, logits } = await readFeatures(
    request.modelPath,
    found,
    request.calibration,
    request.onProgress === undefined ? {} : { onProgress: request.onProgress },
  );
  const n = request.calibration.rows;
  const basis = await principalBasis(h, n, {
    features: found.features,
    dimensions: keyedDimensions(found.features, n),
    throughOrigin: found.bias === null,
    weights: uncertainty(logits, found.classes, found.tail === "sigmoid" ? "sigmoid" : "softmax"),
  });
  return { readout: registered(found, basis), basis };
}

function registered(found: Readout, basis: Basis): RegisteredReadout {
  return {
    scheme: "readout/1",
    output: found.output,
    tail: found.tail,
    feature: found.feature,
    pooling: found.pooling,
    logits: found.logits,
    weight: found.weight.id,
    bias: found.bias?.id ?? null,
    features: found.features,
    classes: found.classes,
    dimensions: basis.dimensions,
    basis: sha256Hex(basisBytes(basis)),
  };
}
