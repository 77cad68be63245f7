import type { Tensor } from "@indicia/onnx/tensor";
import { openProtocol } from "../index.js";
import type { OpenedProtocol, ProtocolOptions } from "../opener.js";
import type { Protocol, ReceivedAnswer } from "../protocol.js";
import type { GuardedFetch } from "../guarded-fetch.js";

/** A page of a server as its URL gives it; any other is not found. */
export type Pages = Readonly<Record<string, string | { readonly status: number; readonly body: string }>>;

/** Open a protocol whose server answers with these pages and nothing else. */
export function opened(
  options: Pick<ProtocolOptions, "protocol"> & { readonly at: string } & Partial<ProtocolOptions>,
  pages: Pages = {},
): Promise<OpenedProtocol> {
  const { at, ...rest } = options;
  return openProtocol(pageFetch(pages), {
    url: new URL(at),
    model: null,
    config: null,
    headers: {},
    ...rest,
  });
}

function pageFetch(pages: Pages): GuardedFetch {
  const fetch = async ({
    url,
  }: {
    readonly url: URL;
  }): Promise<ReceivedAnswer & { address: null; certificate: null }> => {
    const page = pages[url.href] ?? { status: 404, body: '{"error": "Not Found"}' };
    const { status, body: text } = typeof page === "string" ? { status: 200, body: page } : page;
    const body = new TextEncoder().encode(text);
    return { status, headers: {}, body, address: null, certificate: null };
  };
  return Object.assign(fetch, { close: async () => undefined });
}

/** Body of the request for rows, as JSON. */
export function askedJson(protocol: Protocol, inputs: Readonly<Record<string, Tensor>>): unknown {
  return JSON.parse(new TextDecoder().decode(protocol.encode(inputs).body));
}

/** An answer of status 200 unless another is given; JSON unless it is a text. */
export function answered(
  body: unknown,
  { status = 200, type = "application/json" }: { readonly status?: number; readonly type?: string } = {},
): ReceivedAnswer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { status, headers: { "content-type": type }, body: new TextEncoder().encode(text) };
}

export function floats(dims: readonly number[], numbers: readonly number[]): Tensor {
  return { type: "float32", dims, data: Float32Array.from(numbers) };
}

export function doubles(dims: readonly number[], numbers: readonly number[]): Tensor {
  return { type: "float64", dims, data: Float64Array.from(numbers) };
}

export function texts(...data: readonly string[]): Tensor {
  return { type: "string", dims: [data.length], data };
}
