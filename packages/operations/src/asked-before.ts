import { createHash } from "node:crypto";
import { redactUrl } from "@indicia/evidence/redact";
import type { Exchange } from "@indicia/evidence/transcript";
import type { NamesOptions } from "@indicia/suspects/read-names";
import { shownUrl } from "@indicia/suspects/shown-url";

/**
 * What a transcript knows of requests that answer no probe, by what was sent. The last exchange decides: where that
 * was lost, nobody knows whether it was answered.
 *
 * @param found exchanges of an interrupted observation
 */
export function askedBefore(found: readonly Exchange[]): NonNullable<NamesOptions["before"]> {
  const last = new Map<string, Exchange>();
  for (const exchange of found) {
    const { method, url, sha256, probes } = exchange.request;
    if (probes.length === 0) last.set(keyOf(method, url, sha256), exchange);
  }
  return ({ method, url, body }) => {
    const sha256 = createHash("sha256")
      .update(body ?? new Uint8Array(0))
      .digest("hex");
    const outcome = last.get(keyOf(method, redactUrl(shownUrl(url)), sha256))?.outcome;
    if (outcome === undefined) return null;
    if (outcome.kind !== "answer")
      return { kind: "lost", reason: outcome.kind === "lost" ? outcome.reason : "" };
    return { kind: "answer", answer: outcome.answer };
  };
}

function keyOf(method: string, url: string, sha256: string): string {
  return `${method} ${url} ${sha256}`;
}
