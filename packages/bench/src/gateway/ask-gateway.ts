import type { Answers } from "@indicia/autodiff/evaluate";
import { sliceRows, type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { BenchError } from "../error.js";

/** Rows of a request. */
const BATCH = 100;

export interface GatewayQuestion {
  /** Of the gateway, such as `http://127.0.0.1:8080`. */
  readonly address: string;
  readonly model: string;
  /** The key to show; null for a gateway that asks for none. */
  readonly token: string | null;
  /** The model's only input, [n, ...]. */
  readonly rows: Tensor;
  /** Requests under way at a time. */
  readonly atOnce: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Ask a gateway's JSON API for every row.
 *
 * @throws BenchError COMMAND_FAILED where it answers anything but a vector for each
 */
export async function askGateway(question: GatewayQuestion): Promise<Answers> {
  const { address, model, token, rows: tensor, atOnce, onProgress } = question;
  const rows = tensor.dims[0] ?? 0;
  const url = `${address.replace(/\/$/, "")}/v1/models/${encodeURIComponent(model)}/predict`;
  const found: (readonly number[])[] = [];
  let next = 0;
  let done = 0;
  const ask = async (): Promise<void> => {
    for (let from = next; from < rows; from = next) {
      next += BATCH;
      const some = sliceRows(tensor, from, Math.min(rows, from + BATCH));
      for (const [i, row] of (await askSome(url, token, some)).entries()) found[from + i] = row;
      done += some.dims[0] ?? 0;
      onProgress?.(done, rows);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, ask));
  const classes = found[0]?.length ?? 0;
  if (classes === 0 || found.some((row) => row.length !== classes))
    throw failed("it gave no vectors of one length");
  return { rows, classes, values: Float32Array.from(found.flat()) };
}

async function askSome(
  url: string,
  token: string | null,
  tensor: Tensor,
): Promise<readonly (readonly number[])[]> {
  const rows = tensor.dims[0] ?? 0;
  const flat = toFloat64(tensor);
  const width = flat.length / rows;
  const image = (row: number): number[] => [...flat.subarray(row * width, (row + 1) * width)];
  const response = await fetch(url, {
    method: "POST",
    headers: headersOf(token),
    body: JSON.stringify({ rows: Array.from({ length: rows }, (_, row) => image(row)) }),
  });
  const text = await response.text();
  if (response.status !== 200) throw failed(`it answered ${response.status}: ${text.slice(0, 300)}`);
  const answered = (JSON.parse(text) as { readonly rows?: unknown }).rows;
  if (Array.isArray(answered) && answered.length === rows && answered.every(isVector)) return answered;
  throw failed("it gave no vector for each row");
}

/** Headers of a request in JSON under a key. */
export function headersOf(token: string | null): Record<string, string> {
  const json = { "content-type": "application/json" };
  return token === null ? json : { ...json, authorization: `Bearer ${token}` };
}

function isVector(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => typeof each === "number");
}

function failed(what: string): BenchError {
  return new BenchError("COMMAND_FAILED", `the gateway was asked in vain: ${what}`, "Ask it by hand.");
}
