import { type DecoySpread, decoySpread } from "@indicia/proof/decoys";
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
import { residualValues } from "./conclusion-witnesses.js";
import { type Controls, controlOutcomes, NO_DECOYS } from "./control-outcomes.js";
import type { TraceRequest } from "./draw-trace.js";
import type { SealedResidual } from "./observation-format.js";

interface Traced {
  readonly keys: readonly TracedKey[];
  readonly looks: readonly HeldLook[];
  readonly price: TracePrice;
  readonly best: TracedCustomer | null;
}

/** Put models that saw no customer's answers under every customer's key, and a customer who does not exist on trial. */
export function traceControls(request: TraceRequest, traced: Traced): Controls {
  return controlOutcomes({
    registration: request.registration,
    observation: request.observation,
    look: traced.best?.look ?? null,
    reaches: (residuals) => names(request, traced, residuals, traced.keys),
    reachesFalsely: (residuals, seed) => names(request, traced, residuals, [{ id: "nobody", seed }]),
    decoys: decoysOf(request, traced),
    words: {
      fired: "was traced",
      falseClaim: "a customer who does not exist",
      decoys: "decoy customers",
    },
  });
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
    pricing: 1,
    residuals: residuals
      .filter(({ carrier }) => carrier.scheme === "readout/1")
      .map((sealed) => ({ ...sealed, values: residualValues(request.observation.files, sealed) })),
  };
  const found = traceCustomers([look], keys, { ...price, keystream: request.keystream });
  return (found[0]?.lnP ?? 0) <= Math.log(request.level);
}

function decoysOf(request: TraceRequest, { looks, best }: Traced): DecoySpread {
  const held = looks
    .find(({ position }) => position === best?.look)
    ?.residuals.find(({ id }) => id === best?.residual);
  if (held === undefined || held.carrier.scheme !== "readout/1") return NO_DECOYS;
  const evaluate = readoutEvaluator(held.carrier, [held.values], request.keystream);
  const seal = hexToBytes(request.observation.seal);
  const [spread] = decoySpread(evaluate, { seal, keys: request.decoyKeys, statistics: 1 });
  return spread ?? NO_DECOYS;
}
