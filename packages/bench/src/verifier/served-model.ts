import type { Tensor } from "@indicia/onnx/tensor";
import { openOnnxBlackBox } from "@indicia/suspects/index";
import { type CountingEndpoint, startCountingEndpoint } from "@indicia/testkit/counting-endpoint";

/** Serve a model file in this process, every row counted. @param delayMs that an answer takes besides */
export async function serveModel(file: string, delayMs: number): Promise<CountingEndpoint> {
  const model = await openOnnxBlackBox(file, Number.MAX_SAFE_INTEGER);
  const [input] = model.inputs;
  if (input === undefined) throw new RangeError("the model has no input");
  const recorder = { intent: async () => 0, answer: async () => undefined, lost: async () => undefined };
  const answer = async (numbers: Float32Array, dims: readonly number[]): Promise<number[][]> => {
    const tensor: Tensor = { type: "float32", dims: [...dims], data: numbers };
    const probes = Array.from({ length: dims[0] ?? 0 }, (_, i) => i);
    const answers = await model.query({ [input.name]: tensor }, probes, recorder);
    return answers.map((each) => (each.kind === "vector" ? [...each.values] : []));
  };
  return startCountingEndpoint({ input, answer, delayMs });
}
