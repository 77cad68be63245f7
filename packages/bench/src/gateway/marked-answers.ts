import { customerCarrier, customerLogits } from "@indicia/core/customer-mark";
import { type Basis, principalBasis } from "@indicia/core/marks/readout/basis";
import { openFeatures } from "@indicia/core/marks/readout/features";
import { findReadout } from "@indicia/core/marks/readout/find";
import { openModelBytes } from "@indicia/onnx/open";
import type { Tensor } from "@indicia/onnx/tensor";
import { probabilities } from "@indicia/proof/scores";
import { BenchError } from "../error.js";
import { INPUT } from "../extraction/data.js";
import type { MarkedAnswers } from "./policies.js";

/** Logits of the customer's mark: as strong as that of a released copy, and twice a gateway's default. */
const STRENGTH = 0.25;
const DIMENSIONS = 48;
const CUSTOMER: Uint8Array = new Uint8Array(32).fill(9);

/** The place and the signs of a customer's mark. */
export interface CustomerMark {
  readonly basis: Basis;
  readonly carrier: Int8Array;
}

/** Answers with the features that they came from, row-major [rows, width]. */
export interface FeaturedAnswers extends MarkedAnswers {
  readonly rows: number;
  readonly features: Float64Array;
}

/** A model that answers a customer under his mark. */
export interface MarkingModel {
  readonly mark: CustomerMark;
  readonly answer: (inputs: Tensor) => Promise<FeaturedAnswers>;
  readonly close: () => Promise<void>;
}

/**
 * @param owners rows from which the basis is learnt
 * @throws BenchError MODEL_UNSUITABLE where the model has no read-out
 */
export async function markingModel(model: Uint8Array, owners: Tensor): Promise<MarkingModel> {
  const opened = openModelBytes(model);
  const found = findReadout(opened);
  opened.close();
  if ("refusal" in found) throw new BenchError("MODEL_UNSUITABLE", found.refusal, "Take another model.");
  const { classes } = found;
  const reader = await openFeatures(model, found);
  const read = (inputs: Tensor): ReturnType<typeof reader.read> =>
    reader.read({ rows: inputs.dims[0] ?? 0, tensors: { [INPUT]: inputs } });
  const basis = await principalBasis((await read(owners)).features, owners.dims[0] ?? 0, {
    features: found.features,
    dimensions: DIMENSIONS,
    throughOrigin: false,
  });
  const place = { basis, classes };
  const carrier = customerCarrier(CUSTOMER, place);
  return {
    mark: { basis, carrier },
    answer: async (inputs) => {
      const rows = inputs.dims[0] ?? 0;
      const { features, logits } = await read(inputs);
      const marked = customerLogits({ rows, features, logits }, { carrier, place, strength: STRENGTH });
      return {
        rows,
        classes,
        features,
        unmarked: distributions(logits, classes),
        marked: distributions(marked, classes),
      };
    },
    close: () => reader.close(),
  };
}

function distributions(reference: Float64Array, classes: number): Float64Array {
  const out = new Float64Array(reference.length);
  for (let i = 0; i < reference.length / classes; i++)
    out.set(probabilities({ classes, reference, link: "softmax" }, i), i * classes);
  return out;
}
