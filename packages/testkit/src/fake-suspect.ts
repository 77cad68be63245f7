import { sliceRows, type Tensor, type ValueInfo } from "@indicia/onnx/tensor";

/** What a probe brings back, as the port of suspects defines it. */
export type FakeAnswer =
  | { readonly kind: "vector"; readonly values: Float64Array }
  | { readonly kind: "label"; readonly label: number | string }
  | { readonly kind: "lost"; readonly reason: string };

/** The part of the port's recorder that is written to. */
export interface FakeRecorder {
  intent(request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array;
    readonly probes: readonly number[];
  }): Promise<number>;
  answer(
    intent: number,
    answer: {
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
    },
  ): Promise<void>;
  lost(intent: number, reason: string): Promise<void>;
}

/** A black box that a test looks into; assignable to the port's BlackBoxSuspect. */
export interface FakeSuspect {
  readonly identity: { readonly protocol: string; readonly target: string };
  readonly inputs: readonly ValueInfo[];
  readonly decoding: Readonly<Record<string, unknown>>;
  query(
    inputs: Readonly<Record<string, Tensor>>,
    probes: readonly number[],
    recorder: FakeRecorder,
  ): Promise<FakeAnswer[]>;
  /** Decode a recorded answer again; a body that this suspect did not write is lost. */
  replay(answer: { readonly status: number; readonly body: Uint8Array }, rows: number): FakeAnswer[];
  close(): Promise<void>;
  /** Indices of the probes asked so far, in order. */
  readonly asked: readonly number[];
  readonly closed: boolean;
}

/**
 * A suspect that answers from a function. Every row is one exchange: an intent whose body is the JSON of the probe's
 * index, then its answer as JSON, or a loss.
 *
 * @param answer from one row, tensors of [1, ...], and the probe's index
 * @param options.budget rows it answers; the rest are lost
 */
export function fakeSuspect(
  answer: (row: Readonly<Record<string, Tensor>>, probe: number) => FakeAnswer | Promise<FakeAnswer>,
  options: { readonly inputs?: readonly ValueInfo[]; readonly budget?: number } = {},
): FakeSuspect {
  const asked: number[] = [];
  const budget = options.budget ?? Number.POSITIVE_INFINITY;
  let closed = false;
  const ask = async (
    row: Readonly<Record<string, Tensor>>,
    probe: number,
    recorder: FakeRecorder,
  ): Promise<FakeAnswer> => {
    if (asked.length >= budget) return { kind: "lost", reason: "budget" };
    asked.push(probe);
    const url = "fake://suspect/infer";
    const intent = await recorder.intent({
      method: "POST",
      url,
      headers: {},
      body: json({ probe }),
      probes: [probe],
    });
    const given = await answer(row, probe);
    if (given.kind === "lost") await recorder.lost(intent, given.reason);
    else await recorder.answer(intent, { status: 200, headers: {}, body: json(plain(given)) });
    return given;
  };
  return {
    identity: { protocol: "fake", target: "fake" },
    inputs: options.inputs ?? [],
    decoding: { protocol: "fake" },
    asked,
    get closed() {
      return closed;
    },
    query: async (inputs, probes, recorder) => {
      if (closed) throw new Error("the fake suspect was closed");
      const answers: FakeAnswer[] = [];
      for (const [row, probe] of probes.entries()) {
        const tensors = Object.entries(inputs).map(([name, tensor]) => [
          name,
          sliceRows(tensor, row, row + 1),
        ]);
        answers.push(await ask(Object.fromEntries(tensors) as Record<string, Tensor>, probe, recorder));
      }
      return answers;
    },
    replay: ({ status, body }, rows) => Array.from({ length: rows }, () => decode(status, body)),
    close: async () => {
      closed = true;
    },
  };
}

/** A recorder that only counts. */
export function countingRecorder(): FakeRecorder & {
  readonly counts: { intents: number; answers: number; lost: number };
} {
  const counts = { intents: 0, answers: 0, lost: 0 };
  return {
    counts,
    intent: async () => counts.intents++,
    answer: async () => {
      counts.answers++;
    },
    lost: async () => {
      counts.lost++;
    },
  };
}

/** JSON has no NaN: a class kept back is null there. */
function plain(answer: Exclude<FakeAnswer, { kind: "lost" }>): unknown {
  if (answer.kind === "label") return { label: answer.label };
  return { values: Array.from(answer.values, (value) => (Number.isNaN(value) ? null : value)) };
}

function decode(status: number, body: Uint8Array): FakeAnswer {
  const lost: FakeAnswer = { kind: "lost", reason: "not an answer of the fake suspect" };
  if (status !== 200) return lost;
  const { label, values } = JSON.parse(new TextDecoder().decode(body)) as {
    label?: unknown;
    values?: unknown;
  };
  if (typeof label === "number" || typeof label === "string") return { kind: "label", label };
  if (!Array.isArray(values)) return lost;
  return {
    kind: "vector",
    values: Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value))),
  };
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
