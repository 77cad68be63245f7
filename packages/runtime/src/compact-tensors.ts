import type { Tensor } from "@indicia/onnx/tensor";

/** Tensors over buffers of their own: a part of a buffer would take all of it along to another thread. */
export function compactTensors(tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const { data } = tensor;
      const whole = !ArrayBuffer.isView(data) || data.byteLength === data.buffer.byteLength;
      return [name, whole ? tensor : { ...tensor, data: data.slice() }];
    }),
  );
}
