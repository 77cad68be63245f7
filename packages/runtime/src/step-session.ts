import type { Tensor } from "@indicia/onnx/tensor";
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { RuntimeError } from "./error.js";
import { fromOrt, loadOrt, type OrtModule, toOrt } from "./ort.js";
import { reason } from "./reason.js";

export interface StepSessionOptions {
  /** Input of the graph to the output that takes its place in the next step; of equal type and shape. */
  readonly carried: ReadonlyMap<string, string>;
  /** What the carried inputs begin with; copied. */
  readonly state: ReadonlyMap<string, Tensor>;
  /** Threads within one operator, default 1: the only number that gives the same bytes again. */
  readonly threads?: number;
}

/** A graph whose state goes round: some outputs of a step are inputs of the next. */
export interface StepSession {
  /** Names of all inputs, the carried ones included. */
  readonly inputs: readonly string[];
  /**
   * One step.
   *
   * @param feeds the inputs that are not carried
   * @returns the outputs that are not carried
   * @throws RuntimeError RUN_FAILED, SESSION_CLOSED
   */
  step(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  /** The carried values as they are now, by input, copied. */
  state(): Map<string, Tensor>;
  close(): Promise<void>;
}

/** Where a carried value is read from and where the next one is written: two buffers that change places. */
interface Carried {
  readonly input: string;
  readonly output: string;
  current: OrtTensor;
  next: OrtTensor;
}

/**
 * Load a graph for many steps on one state, such as training. The state stays in two sets of buffers that the runtime
 * reads and writes by turns, so that no step copies it.
 *
 * @param model bytes of an .onnx file without external data
 * @throws RuntimeError MODEL_INVALID; INPUT_MISSING where a carried input has no first value
 */
export async function openStepSession(model: Uint8Array, options: StepSessionOptions): Promise<StepSession> {
  const ort = await loadOrt();
  const carried = [...options.carried].map(([input, output]) =>
    buffers(ort, input, output, options.state.get(input)),
  );
  const native = await load(ort, model, options.threads ?? 1);
  const outputs = native.outputNames.filter((name) => !carried.some(({ output }) => output === name));
  let closed = false;
  return {
    inputs: native.inputNames,
    async step(feeds) {
      if (closed) throw new RuntimeError("SESSION_CLOSED", "the graph was closed", "Open it again.");
      const values: Record<string, OrtTensor> = {};
      for (const [name, tensor] of Object.entries(feeds)) values[name] = toOrt(ort, name, tensor);
      const fetches: Record<string, OrtTensor | null> = {};
      for (const name of outputs) fetches[name] = null;
      for (const each of carried) {
        values[each.input] = each.current;
        fetches[each.output] = each.next;
      }
      const results = await native.run(values, fetches).catch((cause: unknown) => {
        throw failed(cause);
      });
      for (const each of carried) [each.current, each.next] = [each.next, each.current];
      return Object.fromEntries(outputs.map((name) => [name, fromOrt(name, results[name])]));
    },
    state: () => new Map(carried.map(({ input, current }) => [input, copy(fromOrt(input, current))])),
    close: async () => {
      if (closed) return;
      closed = true;
      await native.release();
    },
  };
}

async function load(ort: OrtModule, model: Uint8Array, threads: number): Promise<InferenceSession> {
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      logSeverityLevel: 4,
      // Fading averages become denormal numbers, on which processors are slow; but the runtime's setting against
      // them would also hold for this thread's own arithmetic.
    });
  } catch (cause) {
    throw new RuntimeError(
      "MODEL_INVALID",
      `onnxruntime cannot load the graph: ${reason(cause)}`,
      "Check that the model uses operators that onnxruntime knows.",
      { cause },
    );
  }
}

function buffers(ort: OrtModule, input: string, output: string, first: Tensor | undefined): Carried {
  if (first === undefined) {
    throw new RuntimeError(
      "INPUT_MISSING",
      `the carried input "${input}" has no first value`,
      "Give a tensor for it.",
    );
  }
  const make = (): OrtTensor => toOrt(ort, input, copy(first));
  return { input, output, current: make(), next: make() };
}

function copy(tensor: Tensor): Tensor {
  return { ...tensor, data: tensor.data.slice() };
}

function failed(cause: unknown): RuntimeError {
  return new RuntimeError(
    "RUN_FAILED",
    `the graph fails: ${reason(cause)}`,
    "Check that the inputs are what it expects.",
    {
      cause,
    },
  );
}
