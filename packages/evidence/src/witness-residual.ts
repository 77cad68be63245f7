import type { ObservationFile, SealedResidual } from "./observation-format.js";
import type { Witness } from "./conclusion-format.js";

/** The sealed residual that a statistic of a conclusion stands on, or null where the observation has none such. */
export function witnessResidual({ looks }: ObservationFile, witness: Witness): SealedResidual | null {
  const look = looks.find(({ probes }) => probes === witness.probes);
  const found = look?.residuals.find(({ id, carrier, formed }) => {
    if (witness.mark === "weights")
      return carrier.scheme === "weights/1" && id.includes("blind") === witness.statistic.includes("blind");
    const name = formed === null ? "read-out weights" : `${formed.residual}, ${formed.shaping}`;
    return carrier.scheme === "readout/1" && witness.statistic === name;
  });
  return found ?? null;
}
