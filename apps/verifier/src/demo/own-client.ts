import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import type { Me } from "../shapes/access.js";
import type { Problem, Upload } from "../shapes/common.js";

/** Asks the service as the page does: with a session, by the API alone. */
export interface OwnClient {
  readonly get: <T>(at: string) => Promise<T>;
  readonly post: <T>(at: string, body?: unknown) => Promise<T>;
  /** @returns id of the upload */
  readonly upload: (file: string) => Promise<string>;
}

/** Sign in by a ticket. */
export async function signIn(address: string, ticket: string): Promise<OwnClient> {
  const api = `${address}/api/v1`;
  const first = await fetch(`${api}/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ticket }),
  });
  const { csrf } = await read<Me>(first);
  const cookie = first.headers
    .getSetCookie()
    .map((each) => each.split(";")[0])
    .join("; ");
  const own = { cookie, "x-csrf-token": csrf ?? "" };
  return {
    get: async (at) => await read(await fetch(api + at, { headers: own })),
    post: async (at, body) =>
      await read(
        await fetch(api + at, {
          method: "POST",
          headers: { ...own, ...(body === undefined ? {} : { "content-type": "application/json" }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    upload: async (file) => {
      const { size } = await stat(file);
      const sent = await fetch(`${api}/uploads?name=${encodeURIComponent(path.basename(file))}`, {
        method: "POST",
        headers: { ...own, "content-type": "application/octet-stream", "content-length": String(size) },
        body: Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>,
        duplex: "half",
      });
      return (await read<Upload>(sent)).id;
    },
  };
}

async function read<T>(response: Response): Promise<T> {
  const body: unknown = await response.json();
  if (response.ok) return body as T;
  const { code, detail, hint } = body as Problem;
  throw new Error(`${code}: ${detail}. ${hint}`);
}
