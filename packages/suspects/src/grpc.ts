import { SuspectError } from "./error.js";
import type { EncodedRequest, ReceivedAnswer } from "./protocol.js";

/** Before each message: whether it is compressed, and its length (gRPC over HTTP2, "Length-Prefixed-Message"). */
const PREFIX_BYTES = 5;
/** Characters of a server's own words that are passed on. */
const MAX_WORDS = 200;

/** A status of gRPC (its "Status codes and their use"), and the HTTP status that says the same (google.rpc.Code). */
const STATUSES: readonly (readonly [name: string, http: number])[] = [
  ["OK", 200],
  ["CANCELLED", 499],
  ["UNKNOWN", 500],
  ["INVALID_ARGUMENT", 400],
  ["DEADLINE_EXCEEDED", 504],
  ["NOT_FOUND", 404],
  ["ALREADY_EXISTS", 409],
  ["PERMISSION_DENIED", 403],
  ["RESOURCE_EXHAUSTED", 429],
  ["FAILED_PRECONDITION", 400],
  ["ABORTED", 409],
  ["OUT_OF_RANGE", 400],
  ["UNIMPLEMENTED", 501],
  ["INTERNAL", 500],
  ["UNAVAILABLE", 503],
  ["DATA_LOSS", 500],
  ["UNAUTHENTICATED", 401],
];

/** What became of a call. */
export interface GrpcStatus {
  /** Such as "OK"; null where the answer has no status, and so none of gRPC. */
  readonly name: string | null;
  /** The same as a status of HTTP. */
  readonly http: number;
  /** Status and the server's own words, for a sentence. */
  readonly said: string;
}

/** A call of one message. @param message as protobuf bytes */
export function grpcRequest(url: URL, message: Uint8Array): EncodedRequest {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return {
    method: "POST",
    url,
    http2: true,
    // Nothing is accepted compressed, so that no message is larger than it looks.
    headers: { "content-type": "application/grpc", te: "trailers", "grpc-accept-encoding": "identity" },
    body: Buffer.concat([prefix, message]),
  };
}

export function grpcStatus({ status, headers }: Pick<ReceivedAnswer, "status" | "headers">): GrpcStatus {
  const stated = headers["grpc-status"];
  if (stated === undefined) return { name: null, http: status, said: `HTTP status ${status}` };
  const [name, http] = STATUSES.find((_, code) => stated === String(code)) ?? ["UNKNOWN", 500];
  const words = percentDecoded(headers["grpc-message"] ?? "").slice(0, MAX_WORDS);
  return { name, http, said: `gRPC status ${name}${words === "" ? "" : `: ${words}`}` };
}

/** The same as a status of HTTP. */
export function grpcHttpStatus(answer: ReceivedAnswer): number {
  return grpcStatus(answer).http;
}

/** Milliseconds that a server asks to wait before another attempt (gRPC's proposal A6, "Pushback"); 0 for none. */
export function grpcPushback({ headers }: Pick<ReceivedAnswer, "headers">): number {
  const stated = headers["grpc-retry-pushback-ms"] ?? "";
  return /^\d{1,9}$/.test(stated) ? Number(stated) : 0;
}

/**
 * The message of a call that went well.
 *
 * @throws SuspectError SUSPECT_PROTOCOL where there is not exactly one, or it is compressed, which nobody asked for
 */
export function grpcMessage({ body }: Pick<ReceivedAnswer, "body">): Uint8Array {
  if (body.length < PREFIX_BYTES) throw notGrpc("it holds no message");
  if (body[0] !== 0) throw notGrpc("its message is compressed, which was not accepted");
  const length = new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(1);
  if (length !== body.length - PREFIX_BYTES) throw notGrpc("its message has another length than it says");
  return body.subarray(PREFIX_BYTES);
}

/** @param reason such as "it holds no message" */
export function notGrpc(reason: string): SuspectError {
  return new SuspectError(
    "SUSPECT_PROTOCOL",
    `the endpoint's answer is none of gRPC: ${reason}`,
    "Check the address, its port and --protocol; gRPC often has a port of its own.",
  );
}

/** Percent-encoded UTF-8, of which what is broken stays as it is ("Status-Message"). */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
