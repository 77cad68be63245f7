import type { Answer, BlackBoxSuspect, SuspectIdentity } from "@indicia/core/suspect";
import { elementCount, type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { lostRows, rowsAsAnswers } from "./answers.js";
import { binaryNumbers, datatypeOf } from "./datatypes.js";
import { SuspectError } from "./error.js";

/** Rows per run. */
const BATCH = 8;

/**
 * A model file asked like an endpoint, through onnxruntime.
 *
 * @param output which output answers, or null for the first of floats, else the first
 */
export async function onnxBlackBox(
  path: string,
  identity: SuspectIdentity,
  options: { readonly budget: number; readonly output: string | null },
): Promise<BlackBoxSuspect> {
  const session = await openSession(path);
  const chosen =
    options.output ?? (session.outputs.find(({ type }) => type?.startsWith("float")) ?? session.outputs[0])?.name;
  if (chosen === undefined) throw new SuspectError("SUSPECT_INPUTS", "the model has no output", "Examine its weights instead.");
  let left = options.budget;
  return {
    identity,
    inputs: session.inputs,
    query: async (inputs, probes, recorder) => {
      if (left < probes.length) return lostRows(probes.length, "the budget is used up");
      left -= probes.length;
      const body = tensorBytes(inputs);
      const intent = await recorder.intent({ method: "RUN", url: `onnx:${identity.target}`, headers: {}, body, probes });
      try {
        const outputs = await session.runRows(inputs, { batch: BATCH, outputs: [chosen] });
        const tensor = outputs[chosen];
        if (tensor === undefined) throw new SuspectError("SUSPECT_PROTOCOL", `no output "${chosen}"`, "Name another output.");
        await recorder.answer(intent, { status: 200, headers: {}, body: tensorBytes({ [chosen]: tensor }) });
        return answersOf(tensor, probes.length);
      } catch (error) {
        if (error instanceof SuspectError) throw error;
        await recorder.lost(intent, error instanceof Error ? error.message : "the run failed");
        throw error;
      }
    },
    replay: (answer, rows) => recordedAnswers(answer.body, rows),
    close: () => session.close(),
  };
}

function answersOf(tensor: Tensor, rows: number): Answer[] {
  const width = elementCount(tensor.dims) / rows;
  return rowsAsAnswers(toFloat64(tensor), rows, width === 1 && !tensor.type.startsWith("float"));
}

/** The answers in a recorded body, as {@link tensorBytes} wrote it for one tensor. */
function recordedAnswers(body: Uint8Array, rows: number): Answer[] {
  const end = body.indexOf(0x0a);
  const [head] = JSON.parse(new TextDecoder().decode(body.subarray(0, end))) as { shape: number[]; datatype: string }[];
  const numbers = head === undefined ? null : binaryNumbers(body.subarray(end + 1), head.datatype);
  if (head === undefined || numbers === null) return lostRows(rows, "the record cannot be read");
  return rowsAsAnswers(numbers, rows, numbers.length === rows && !head.datatype.startsWith("FP"));
}

/** Tensors as one body: a line of JSON that says names, datatypes and shapes, then their bytes in that order. */
function tensorBytes(tensors: Readonly<Record<string, Tensor>>): Uint8Array {
  const names = Object.keys(tensors).sort();
  const parts = names.flatMap((name) => {
    const tensor = tensors[name];
    if (tensor === undefined || !ArrayBuffer.isView(tensor.data)) return [];
    const { data } = tensor;
    const head = { name, shape: tensor.dims, datatype: datatypeOf(tensor.type) };
    return [{ head, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }];
  });
  const line = new TextEncoder().encode(`${JSON.stringify(parts.map(({ head }) => head))}\n`);
  return Buffer.concat([line, ...parts.map(({ bytes }) => bytes)]);
}
