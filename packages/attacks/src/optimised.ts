import { optimisedModel } from "@indicia/runtime/optimised";

export interface OptimisedOptions {
  readonly level: "basic" | "extended" | "all";
}

/**
 * The model as onnxruntime saves it after its own rewriting.
 *
 * @throws RuntimeError MODEL_INVALID
 */
export function optimised(bytes: Uint8Array, { level }: OptimisedOptions): Promise<Uint8Array> {
  return optimisedModel(bytes, level);
}
