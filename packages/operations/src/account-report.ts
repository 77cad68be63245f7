import { certify, LN_GROUND_SEEDS, toLog10 } from "@indicia/proof/tail";
import type { TraceFile } from "@indicia/evidence/trace-formats";

/**
 * What `examine --query-log --json` and `conclude --query-log --json` print: the members that every examination has, see
 * commands.md, with those of one account besides.
 */
export function accountReport(
  trace: TraceFile,
  more: { readonly seconds: number; readonly evidence: string | null },
): Readonly<Record<string, unknown>> {
  const { version: _, kind: __, customers, gateway, named: ___, ...rest } = trace;
  const [own] = customers;
  const lines = [...(own?.witnesses ?? []), ...gateway].toSorted((a, b) => a.log10P - b.log10P || b.T - a.T);
  const [best] = lines;
  const lnP = (own?.log10PIdeal ?? best?.log10P ?? 0) * Math.LN10;
  return {
    ...rest,
    log10P: toLog10(certify(lnP)),
    log10PIdeal: toLog10(lnP),
    log10PGround: toLog10(Math.min(0, lnP + LN_GROUND_SEEDS)),
    witnesses: lines,
    ...more,
  };
}
