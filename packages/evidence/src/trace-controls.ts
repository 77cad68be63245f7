import { decoySpread, falseClaimSeed } from "@indicia/proof/decoys";
import { readoutEvaluator } from "@indicia/proof/evaluate";
import {
  type TracedCustomer,
  type TracedKey,
  type TracePrice,
  traceCustomers,
} from "@indicia/proof/trace-customers";
import type { HeldLook } from "@indicia/proof/weigh";
import { hexToBytes } from "@noble/hashes/utils.js";
import { lookPlace } from "./look-place.js";
import { plausible } from "./conclusion-controls.js";
import { residualValues } from "./conclusion-witnesses.js";
import type { TraceRequest } from "./draw-trace.js";
import type { ControlOutcome, ObservedControl, SealedResidual } from "./formats.js";
import type { TraceFile } from "./trace-formats.js";

interface Traced {
  readonly keys: readonly TracedKey[];
  readonly looks: readonly HeldLook[];
  readonly price: TracePrice;
  readonly best: TracedCustomer | null;
}

/** Put models that saw no customer's answers under every customer's key, and a customer who does not exist on trial. */
export function traceControls(
  request: TraceRequest,
  traced: Traced,
): { readonly outcomes: TraceFile["controls"]; readonly fired: string[] } {
  const fired: string[] = [];
  const outcome = (
    kind: ObservedControl["kind"],
    what: string,
    none: ControlOutcome = "not run",
  ): ControlOutcome => {
    const models = request.observation.file.controls.filter((control) => control.kind === kind);
    if (models.length === 0 || traced.best === null) return none;
    const matching = models.filter(({ residuals }) => names(request, traced, residuals, traced.keys));
    if (matching.length === 0) return "inconclusive";
    fired.push(`control fired: ${what} was traced (${matching.map(({ name }) => name).join(", ")})`);
    return "match";
  };
  const reference = outcome("reference", "the unmarked reference");
  const registered = request.registration.file.shadows.length > 0;
  const shadows = outcome("shadow", "a shadow model", registered ? "not run" : "none registered");
  const innocents = outcome("innocent", "an innocent model");
  const falseClaim = falseClaimOutcome(request, traced, fired);
  const spread = decoysOf(request, traced);
  if (spread.keys > 0 && !plausible(spread))
    fired.push("control fired: decoy customers are not spread as theory says");
  return {
    outcomes: {
      decoyKeys: spread.keys,
      decoyMeanT: spread.mean,
      decoySdT: spread.deviation,
      decoyMaxT: spread.largest,
      reference,
      shadows,
      innocents,
      falseClaim,
    },
    fired,
  };
}

/** Whether any of the keys would be named for these residuals, at the look of the strongest customer. */
function names(
  request: TraceRequest,
  { best, price }: Traced,
  residuals: readonly SealedResidual[],
  keys: readonly TracedKey[],
): boolean {
  const look: HeldLook = {
    ...lookPlace(request.observation.file, best?.look ?? 1),
    probes: best?.probes ?? 0,
    lost: 0,
    residuals: residuals
      .filter(({ carrier }) => carrier.scheme === "readout/1")
      .map((sealed) => ({ ...sealed, values: residualValues(request.observation.files, sealed) })),
  };
  const found = traceCustomers([look], keys, { ...price, keystream: request.keystream });
  return (found[0]?.lnP ?? 0) <= Math.log(request.level);
}

function falseClaimOutcome(request: TraceRequest, traced: Traced, fired: string[]): ControlOutcome {
  const look = request.observation.file.looks[(traced.best?.look ?? 0) - 1];
  if (look === undefined) return "not run";
  const nobody = { id: "nobody", seed: falseClaimSeed(hexToBytes(request.observation.seal)) };
  if (!names(request, traced, look.residuals, [nobody])) return "inconclusive";
  fired.push("control fired: a customer who does not exist was traced");
  return "match";
}

function decoysOf(request: TraceRequest, { looks, best }: Traced): ReturnType<typeof plain> {
  const held = looks
    .find(({ position }) => position === best?.look)
    ?.residuals.find(({ id }) => id === best?.residual);
  if (held === undefined || held.carrier.scheme !== "readout/1") return plain();
  const evaluate = readoutEvaluator(held.carrier, [held.values], request.keystream);
  const seal = hexToBytes(request.observation.seal);
  const [spread] = decoySpread(evaluate, { seal, keys: request.decoyKeys, statistics: 1 });
  return spread ?? plain();
}

function plain(): { keys: number; mean: number; deviation: number; largest: number } {
  return { keys: 0, mean: 0, deviation: 0, largest: 0 };
}
