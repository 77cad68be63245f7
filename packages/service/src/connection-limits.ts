/** Time for a request's headers: one segment, even over a bad line. */
const HEADERS_MS = 10_000;
/** Time for a whole request, from its first byte: 64 MiB at a slow office's 10 Mbit/s. */
const REQUEST_MS = 60_000;
/** Time between requests of one connection. */
const KEEP_ALIVE_MS = 10_000;
/** Time that a connection may stand still while an answer is made or taken; events send something more often. */
const IDLE_MS = 120_000;
/** Bytes of headers: bearer tokens with many claims take 8 KB. */
const MAX_HEADER_BYTES: number = 16 * 1024;
/** Connections at once: beyond them file descriptors run out. */
const MAX_CONNECTIONS = 4096;
/** Time for answers under way once the program ends. */
const GRACE_MS = 15_000;

/** How long and how much a connection may ask. */
export interface ConnectionLimits {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly keepAliveMs: number;
  readonly idleMs: number;
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
  readonly graceMs: number;
}

/** What holds where a program says nothing else. */
export const USUAL_LIMITS: ConnectionLimits = {
  headersMs: HEADERS_MS,
  requestMs: REQUEST_MS,
  keepAliveMs: KEEP_ALIVE_MS,
  idleMs: IDLE_MS,
  maxHeaderBytes: MAX_HEADER_BYTES,
  maxConnections: MAX_CONNECTIONS,
  graceMs: GRACE_MS,
};
