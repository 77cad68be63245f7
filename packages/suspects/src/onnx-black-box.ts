import type { Answer, BlackBoxSuspect, ExchangeRecorder, SuspectIdentity } from "@indicia/core/suspect";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { openSession, type Session } from "@indicia/runtime/session";
import { lostRows, rowsAsAnswers } from "./answers.js";
import { chooseOutput } from "./choose-output.js";
import { SuspectError } from "./error.js";
import { fitInputs } from "./fit-inputs.js";
import { rowsOf } from "./in-batches.js";
import type { OnnxDecoding } from "./onnx-record.js";
import { recordedTensor, tensorRecord } from "./tensor-record.js";

/** Rows per run, and per record. One size always: the last digits of an answer may depend on it. */
const BATCH = 8;

/**
 * A model file asked like an endpoint, through onnxruntime.
 *
 * @param output which output answers, or null for the one that looks like scores
 * @throws SuspectError SUSPECT_OUTPUT_UNKNOWN; RuntimeError for a model that cannot be loaded
 */
export async function onnxBlackBox(
  path: string,
  identity: SuspectIdentity,
  options: { readonly budget: number; readonly output: string | null },
): Promise<BlackBoxSuspect> {
  const session = await openSession(path);
  try {
    const output = requireOutput(session.outputs, options.output);
    return suspectOf(session, identity, output, options.budget);
  } catch (error) {
    await session.close();
    throw error;
  }
}

function suspectOf(
  session: Session,
  identity: SuspectIdentity,
  output: string,
  budget: number,
): BlackBoxSuspect {
  let left = budget;
  return {
    identity,
    inputs: session.inputs,
    decoding: { protocol: "onnx-black-box", encoding: { inputs: session.inputs } } satisfies OnnxDecoding,
    query: async (inputs, probes, recorder) => {
      const rows = Math.min(left, probes.length);
      left -= rows;
      const answers: Answer[] = [];
      for (let from = 0; from < rows; from += BATCH) {
        const to = Math.min(from + BATCH, rows);
        const feeds = fitInputs(rowsOf(inputs, from, to), session.inputs);
        answers.push(
          ...(await run(session, output, feeds, { identity, probes: probes.slice(from, to), recorder })),
        );
      }
      return [...answers, ...lostRows(probes.length - rows, "the budget is used up")];
    },
    replay: ({ body }, rows) => recordedAnswers(body, rows),
    close: () => session.close(),
  };
}

interface Asked {
  readonly identity: SuspectIdentity;
  readonly probes: readonly number[];
  readonly recorder: ExchangeRecorder;
}

/** One run on the record. A model that cannot run these inputs will run no others: that is thrown. */
async function run(
  session: Session,
  output: string,
  feeds: Readonly<Record<string, Tensor>>,
  { identity, probes, recorder }: Asked,
): Promise<Answer[]> {
  const request = {
    method: "RUN",
    url: `onnx:${encodeURIComponent(identity.target)}`,
    headers: { output: encodeURIComponent(output) },
    body: tensorRecord(feeds),
    probes,
  };
  const intent = await recorder.intent(request);
  let body: Uint8Array;
  try {
    const { [output]: tensor } = await session.runRows(feeds, { batch: BATCH, outputs: [output] });
    body = tensorRecord(tensor === undefined ? {} : { [output]: tensor });
  } catch (error) {
    await recorder.lost(intent, error instanceof Error ? error.message : String(error));
    throw error;
  }
  await recorder.answer(intent, { status: 200, headers: {}, body });
  return recordedAnswers(body, probes.length);
}

/** Live answers are read from the record too, so that replaying it gives the same. */
export function recordedAnswers(body: Uint8Array, rows: number): Answer[] {
  if (rows === 0) return [];
  try {
    return rowsAsAnswers(recordedTensor(body), rows);
  } catch (error) {
    if (error instanceof SuspectError) return lostRows(rows, error.message);
    throw error;
  }
}

function requireOutput(outputs: readonly ValueInfo[], wanted: string | null): string {
  const output = wanted === null ? chooseOutput(outputs) : outputs.find(({ name }) => name === wanted)?.name;
  if (output !== undefined && output !== null) return output;
  throw new SuspectError(
    "SUSPECT_OUTPUT_UNKNOWN",
    wanted === null ? "the model has no output that can be read" : `the model has no output "${wanted}"`,
    "Examine its weights instead, or name another output.",
  );
}
