import type { ConclusionFile } from "@indicia/evidence/conclusion-format";
import { NOTHING_TO_TEST, nothingToTest } from "@indicia/evidence/silent-decoys";
import type { Context } from "./context.js";
import { counted } from "./counted.js";

/** What `examine --json` and `conclude --json` print of a conclusion; see commands.md. */
export function conclusionReport(
  conclusion: ConclusionFile,
  more: { readonly seconds: number; readonly evidence: string | null },
): Readonly<Record<string, unknown>> {
  const { verdict, standing, standingReasons, log10P, log10PIdeal, log10PGround, level, claim } = conclusion;
  const { witnesses, controls, looks, limits, queries, lostQueries, observation, position } = conclusion;
  const { plan = null, observer = null } = conclusion;
  return {
    verdict,
    standing,
    standingReasons,
    log10P,
    log10PIdeal,
    log10PGround,
    level,
    claim,
    witnesses: witnesses.map(({ log10PIdeal: _, ...witness }) => ({ ...witness, log10PIdeal: _ })),
    controls,
    looks,
    limits,
    observation,
    plan,
    observer,
    position,
    queries,
    lostQueries,
    ...more,
  };
}

/** The same for people. */
export function tellConclusion(conclusion: ConclusionFile, context: Context): void {
  const [best] = conclusion.witnesses;
  context.say(
    `Verdict: ${conclusion.verdict} (certified log10 p ${conclusion.log10P.toFixed(1)}, ideal ${conclusion.log10PIdeal.toFixed(1)}, ` +
      `level ${conclusion.level}).`,
  );
  if (best !== undefined) {
    context.say(
      `Strongest witness: ${best.mark}, ${best.statistic}: T = ${best.T.toFixed(2)}${best.probes > 0 ? ` after ${counted(best.probes, "probe")}` : ""}.`,
    );
    const payload = conclusion.witnesses.find((witness) => witness.payload?.text != null)?.payload;
    if (payload?.text != null) {
      const other =
        conclusion.payload === null || conclusion.payload.text === payload.text
          ? ""
          : `; another than the registered "${conclusion.payload.text}"`;
      context.say(`Payload: "${payload.text}", ${payload.bitErrors} of ${payload.bits} bits wrong${other}.`);
    }
  }
  if (conclusion.queries > 0)
    context.say(
      `Asked: ${counted(conclusion.queries, "row")} in all, ${conclusion.lostQueries} of them without an answer.`,
    );
  const { controls } = conclusion;
  const shadows = controls.shadows === "none registered" ? "" : `shadows ${controls.shadows}, `;
  context.say(
    `Controls: reference ${controls.reference}, ${shadows}innocents ${controls.innocents}, false claim ${controls.falseClaim}, ` +
      (nothingToTest(controls)
        ? `${controls.decoyKeys} decoy keys: ${NOTHING_TO_TEST}.`
        : `${controls.decoyKeys} decoy keys with mean ${controls.decoyMeanT.toFixed(3)}, spread ${controls.decoySdT.toFixed(3)}.`),
  );
  const { plan, observer, standing, standingReasons } = conclusion;
  if (plan !== undefined)
    context.say(
      `Plan: ${plan.sha256}, draw ${plan.draw + 1}${plan.fresh === null ? "" : `, fresh after ${plan.fresh}`}.`,
    );
  if (observer !== undefined)
    context.say(`Observed by: "${observer.name}", whose key ${observer.signer} signed the seal.`);
  context.say(
    `Standing: ${standing}${standingReasons.length === 0 ? "" : ` (${standingReasons.join("; ")})`}.`,
  );
  context.say(`What it means: the evidence ${conclusion.claim}.`);
  if (conclusion.verdict === "inconclusive" && controls.reference === "not run")
    context.say(
      "It was looked at without the reference; with --reference MODEL.onnx far less of a mark suffices.",
    );
}
