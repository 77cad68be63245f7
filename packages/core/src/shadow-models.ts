import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { openSession, type Session } from "@indicia/runtime/session";
import { CoreError } from "./error.js";

/** The one output of a shadow model. */
const OUTPUT = "logits";
/** Rows per run of a shadow. */
const BATCH = 32;

/** Shadow models opened to be asked many times. */
export interface ShadowReader {
  /** Logits of each shadow for the rows, row-major [rows, m], in the order of registration. */
  read(given: {
    readonly rows: number;
    readonly tensors: Readonly<Record<string, Tensor>>;
  }): Promise<Float64Array[]>;
  close(): Promise<void>;
}

/**
 * @param models .onnx files, which take the reference's inputs and have one output "logits" [N, m]
 * @throws CoreError SHADOWS_INVALID, also by `read` where a shadow does not answer with m finite numbers per row
 */
export async function openShadows(models: readonly Uint8Array[], classes: number): Promise<ShadowReader> {
  const sessions: Session[] = [];
  const close = async (): Promise<void> => {
    for (const session of sessions) await session.close();
  };
  try {
    for (const [index, model] of models.entries())
      sessions.push(await naming(index, () => openSession(model, { threads: 2 })));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    read: async ({ rows, tensors }) => {
      const all: Float64Array[] = [];
      for (const [index, session] of sessions.entries()) {
        const outputs = await naming(index, () =>
          session.runRows(tensors, { batch: BATCH, outputs: [OUTPUT] }),
        );
        all.push(logitsOf(outputs[OUTPUT], rows * classes, index));
      }
      return all;
    },
    close,
  };
}

function logitsOf(tensor: Tensor | undefined, size: number, index: number): Float64Array {
  const logits = tensor === undefined ? new Float64Array(0) : toFloat64(tensor);
  if (logits.length === size && logits.every(Number.isFinite)) return logits;
  throw invalid(index, `its "${OUTPUT}" are not a finite number per class and row`);
}

/** Whatever a shadow fails with names the shadow. */
async function naming<T>(index: number, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw invalid(index, error instanceof Error ? error.message : String(error), error);
  }
}

function invalid(index: number, reason: string, cause?: unknown): CoreError {
  return new CoreError(
    "SHADOWS_INVALID",
    `shadow model ${index + 1} cannot be used: ${reason}`,
    "Make the shadow models anew with `indicia shadows`, from the registered model.",
    { cause },
  );
}
