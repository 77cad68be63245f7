import { ApiError, isAbort, offline, toApiError } from "./api-error.js";
import { type FileRequest, sendWithProgress } from "./send-with-progress.js";

export const API = "/api/v1";

/** What the page asks the service by. Every function throws an ApiError where the service refuses. */
export interface Client {
  readonly get: <T>(path: string, signal?: AbortSignal) => Promise<T>;
  /** Makes something, once however often it has to be sent. */
  readonly post: <T>(path: string, body?: unknown) => Promise<T>;
  /** Changes what was read last, and is refused where somebody else changed it since. */
  readonly patch: <T>(path: string, body: unknown) => Promise<T>;
  readonly remove: (path: string) => Promise<void>;
  /** Send a file as it is. */
  readonly send: <T>(file: Omit<FileRequest, "url" | "headers"> & { readonly path: string }) => Promise<T>;
  /** A response whose body is read piece by piece. */
  readonly stream: (
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => Promise<Response>;
}

export interface ClientOptions {
  readonly fetch: typeof fetch;
  /** The token that goes with everything that changes something; null before anyone signed in. */
  readonly csrf: () => string | null;
  /** The session has ended: resolves once somebody signed in again, rejects where nobody does. */
  readonly signInAgain: () => Promise<void>;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export function createClient(options: ClientOptions): Client {
  /** Of what was read, by path, so that a change says which state it is a change of. */
  const etags = new Map<string, string>();

  const unsafe = (): Record<string, string> => {
    const token = options.csrf();
    return token === null ? {} : { "x-csrf-token": token };
  };

  const send = async ({ method, path, body, headers = {}, signal }: Asked): Promise<Response> => {
    try {
      return await options.fetch(API + path, {
        method,
        credentials: "same-origin",
        headers: {
          accept: "application/json",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(method === "GET" ? {} : unsafe()),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (isAbort(error)) throw error;
      throw offline();
    }
  };

  /** Asks again where the session had ended and somebody signed in meanwhile; whatever was typed is still there. */
  const ask = async (asked: Asked): Promise<Response> => {
    const first = await send(asked);
    if (first.ok) return first;
    const refusal = toApiError(first.status, await first.text());
    if (refusal.code !== "SIGN_IN_REQUIRED" || asked.path === "/session") throw refusal;
    await options.signInAgain();
    const second = await send(asked);
    if (second.ok) return second;
    throw toApiError(second.status, await second.text());
  };

  const read = async <T>(asked: Asked): Promise<T> => {
    const response = await ask(asked);
    const etag = response.headers.get("etag");
    if (etag !== null && asked.method !== "POST") etags.set(asked.path, etag);
    return (response.status === 204 ? undefined : await response.json()) as T;
  };

  const match = (path: string): Record<string, string> => {
    const etag = etags.get(path);
    return etag === undefined ? {} : { "if-match": etag };
  };

  return {
    get: (path, signal) => read({ method: "GET", path, signal }),
    post: (path, body) => read({ method: "POST", path, body, headers: { "idempotency-key": randomName() } }),
    async patch(path, body) {
      const headers = match(path);
      try {
        return await read({ method: "PATCH", path, body, headers });
      } catch (error) {
        // Whoever tries again has been told, and then means the present state.
        if (error instanceof ApiError && error.status === 412) etags.delete(path);
        throw error;
      }
    },
    async remove(path) {
      await ask({ method: "DELETE", path, headers: match(path) });
      etags.delete(path);
    },
    async send<T>({ path, ...file }: Omit<FileRequest, "url" | "headers"> & { readonly path: string }) {
      const once = () => sendWithProgress({ ...file, url: API + path, headers: unsafe() });
      let sent = await once();
      if (sent.status === 401) {
        await options.signInAgain();
        sent = await once();
      }
      if (sent.status >= 300) throw toApiError(sent.status, sent.body);
      return JSON.parse(sent.body) as T;
    },
    stream: (path, headers, signal) => ask({ method: "GET", path, headers, signal }),
  };
}

/** `crypto.randomUUID` is kept from pages that came without TLS. */
function randomName(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
