import type { LeftOut } from "@indicia/evidence/logged-formats";
import type { TracedEntry, TraceFile } from "@indicia/evidence/trace-formats";
import type { Context } from "./context.js";
import { counted } from "./counted.js";

/** Customers that are printed one by one; the JSON has all. */
const SHOWN = 5;
/** Leads that are printed. */
const SHOWN_LEADS = 3;

/** What `trace --json` prints. */
export function traceReport(
  trace: TraceFile,
  more: { readonly seconds: number; readonly out: string | null },
): Readonly<Record<string, unknown>> {
  const { version: _, kind: __, ...rest } = trace;
  return { ...rest, ...more };
}

/** The same for people. */
export function tellTrace(trace: TraceFile, context: Context): void {
  const { named, register, tested, level, controls, account } = trace;
  context.say(
    account !== undefined
      ? `Verdict: ${trace.verdict}, about ${account.customer === null ? "the gateway's own mark" : `the account of ${account.customer}`} alone (level ${level}; ${counted(register.entries + 1, "account")} paid for).`
      : named.length === 0
        ? `Verdict: inconclusive. None of ${counted(tested, "customer")} is named at level ${level}.`
        : `Verdict: match. The suspect is not independent of the key of ${named.join(", nor of that of ")} (level ${level}, ${counted(register.entries, "customer")} paid for).`,
  );
  for (const [rank, entry] of trace.customers.slice(0, Math.max(SHOWN, named.length)).entries())
    context.say(`${rank + 1}. ${described(entry)}`);
  for (const { statistic, T, log10P, queries } of trace.gateway)
    context.say(
      `The gateway's own mark, ${queries}, ${statistic}: T = ${T.toFixed(2)}, log10 p ${log10P.toFixed(1)}.`,
    );
  const leads = trace.leads.toSorted((a, b) => b.z - a.z).slice(0, SHOWN_LEADS);
  for (const { customer, statistic, z, queries } of leads) {
    const whose = customer === null ? "" : ` of ${customer}`;
    context.say(
      `Lead, no evidence: ${counted(queries, "logged query", "logged queries")}${whose}, ${statistic}: z = ${z.toFixed(1)}.`,
    );
  }
  if (trace.queries > 0)
    context.say(`Asked: ${counted(trace.queries, "row")}, ${trace.lostQueries} of them without an answer.`);
  if (trace.requeries > 0)
    context.say(`Asked again: ${counted(trace.requeries, "logged query", "logged queries")}.`);
  if (trace.requeriesLeftOut !== undefined) tellLeftOut(trace.requeries, trace.requeriesLeftOut, context);
  context.say(
    `Controls: reference ${controls.reference}, shadows ${controls.shadows}, innocents ${controls.innocents}, false claim ${controls.falseClaim}, ` +
      `${controls.decoyKeys} decoy customers with mean ${controls.decoyMeanT.toFixed(3)}, spread ${controls.decoySdT.toFixed(3)}.`,
  );
  if (trace.plan !== undefined) context.say(`Plan: ${trace.plan.sha256}, draw ${trace.plan.draw + 1}.`);
  context.say(`Standing: ${trace.standing} (${trace.standingReasons.join("; ")}).`);
  context.say(`What it means: the evidence ${trace.claim}.`);
  context.say("What it does not: whose answers were used is named, not who leaked them or trained on them.");
}

/** What the budget left out is never passed over in silence. */
function tellLeftOut(asked: number, leftOut: LeftOut, context: Context): void {
  const { signedBatches, committedPool, leads } = leftOut;
  const left = signedBatches + committedPool + leads;
  if (left === 0) return;
  context.say(
    `The budget left out ${counted(left, "logged query", "logged queries")}: ${signedBatches} of signed batches, ` +
      `${committedPool} of the committed pool, ${leads} that customers asked besides. What can be certified is asked first; ` +
      `--budget ${asked + left} asks all of them.`,
  );
}

function described({ customer, verdict, witnesses, log10P, log10PIdeal, log10PGround }: TracedEntry): string {
  const [best] = witnesses;
  const found = best === undefined ? "nothing to look at" : `${best.statistic}: T = ${best.T.toFixed(2)}`;
  const after =
    `certified log10 p ${log10P.toFixed(1)}, ideal ${log10PIdeal.toFixed(1)}, ` +
    `${log10PGround.toFixed(1)} had names been tried out beforehand`;
  return `${customer}: ${verdict} (${found}; ${after})`;
}
