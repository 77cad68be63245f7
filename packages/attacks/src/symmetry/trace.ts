import type { Tensor } from "@indicia/onnx/tensor";
import type { EditableModel } from "@indicia/onnx/to-spec";
import { openSession } from "@indicia/runtime/session";
import { encode } from "../decode.js";
import { AttackError } from "../error.js";
import { sampleFeeds } from "../sample-feeds.js";

/**
 * Every value of the main graph for some inputs, as a thief sees it by running the model.
 *
 * @param rows inputs, default random ones
 * @throws AttackError TRACE_FAILED where these inputs do not run through the model
 */
export async function trace(
  model: EditableModel,
  rows: Readonly<Record<string, Tensor>> | undefined,
): Promise<ReadonlyMap<string, Tensor>> {
  const inputs = model.inputs.filter(({ name }) => !model.initializers.has(name));
  const feeds = rows ?? sampleFeeds(inputs, "trace");
  const taps = model.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ""));
  try {
    const session = await openSession(encode(model), { taps, optimisation: "disabled", prepack: false });
    try {
      return new Map([
        ...Object.entries(feeds),
        ...Object.entries(await session.run(feeds)),
        ...model.initializers,
      ]);
    } finally {
      await session.close();
    }
  } catch (cause) {
    throw new AttackError(
      "TRACE_FAILED",
      "the model does not run on the sample inputs",
      "Give rows that fit it.",
      {
        cause,
      },
    );
  }
}
