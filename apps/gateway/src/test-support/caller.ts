import type { Caller } from "../defences/defence.js";

/** A call as a defence sees it; what is not given is unknown. */
export function callerWith(
  headers: Readonly<Record<string, string>>,
  more: Partial<Omit<Caller, "headers">> = {},
): Caller {
  return {
    requestId: "request",
    time: new Date("2026-06-01T12:00:00Z"),
    address: null,
    peer: null,
    headers: new Headers(headers),
    modelName: "magika",
    action: "infer",
    account: null,
    ...more,
  };
}
