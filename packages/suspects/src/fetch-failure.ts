import { errors } from "undici";
import { SuspectError } from "./error.js";

/** Codes by which TLS refuses a certificate (Node documentation, "X509 certificate error codes"). */
const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "INVALID_CA",
  "INVALID_PURPOSE",
  "HOSTNAME_MISMATCH",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** Codes for what is framed as no HTTP message is: undici's, and Node's own of HTTP/2. */
const FRAMING_CODES: ReadonlySet<string> = new Set([
  "UND_ERR_HEADERS_OVERFLOW",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
  // Node's HTTP/2: what was received is none, or its session ended over an error in it.
  "ERR_HTTP2_ERROR",
  "ERR_HTTP2_SESSION_ERROR",
]);

/** What is known of a request that failed. */
export interface FailedRequest {
  readonly host: string;
  readonly timeoutMs: number;
  /** Its time was over. */
  readonly late: boolean;
  /** The fetch was closed meanwhile. */
  readonly closed: boolean;
}

/** Why a request failed, in our words; errors of ours stay as they are, however deep they lie. */
export function explained(error: unknown, failed: FailedRequest): SuspectError {
  const { host } = failed;
  if (failed.closed) return new SuspectError("SUSPECT_CLOSED", "the suspect was closed", "Open it again.");
  if (failed.late) {
    return new SuspectError(
      "SUSPECT_TIMEOUT",
      `${host} did not answer within ${failed.timeoutMs / 1000} s`,
      "Try again later, or with a lower --rate.",
      { cause: error },
    );
  }
  const causes = causesOf(error);
  const ours = causes.find((cause) => cause instanceof SuspectError);
  if (ours !== undefined) return ours;
  const code = causes.map(codeOf).find((each) => each !== "") ?? "";
  const reason = causes.map((cause) => cause.message).find((message) => message !== "") ?? code;
  if (CERTIFICATE_CODES.has(code) || code.startsWith("CERT_")) {
    return new SuspectError(
      "SUSPECT_CERTIFICATE",
      `the certificate of ${host} is not trusted: ${reason}`,
      "Check the address; for an authority of your own set NODE_EXTRA_CA_CERTS to its certificate.",
      { cause: error },
    );
  }
  // Not by its code: undici 7.30 looks that up by the wrong key and sets none.
  if (FRAMING_CODES.has(code) || causes.some((cause) => cause instanceof errors.HTTPParserError)) {
    return new SuspectError(
      "SUSPECT_PROTOCOL",
      `what answers at ${host} does not speak HTTP as servers do: ${reason}`,
      "Check the address, its port, and whether it is http or https.",
      { cause: error },
    );
  }
  return new SuspectError(
    "SUSPECT_UNREACHABLE",
    `${host} cannot be reached: ${reason}`,
    "Check the address and that the service is up.",
    { cause: error },
  );
}

/** An answer began and did not end; errors of ours stay as they are. */
export function cutShort(host: string, error: unknown): SuspectError {
  if (error instanceof SuspectError) return error;
  const reason = error instanceof Error ? error.message : "the connection ended";
  return new SuspectError(
    "SUSPECT_CUT_SHORT",
    `the answer of ${host} broke off: ${reason}`,
    "Try again later, or with a lower --rate.",
    { cause: error },
  );
}

function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 10; cause = cause.cause) {
    causes.push(cause);
    // One address after the other was tried; the first says as much as any.
    const [first] = cause instanceof AggregateError ? (cause.errors as unknown[]) : [];
    if (first instanceof Error) causes.push(first);
  }
  return causes;
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
