import type { JSX } from "preact";
import { Facts } from "../../ui/facts.js";
import { formatBytes } from "../../words/format.js";
import type { StepProps } from "./new-model.js";

const KEYS = {
  drawn: "drawn here, kept sealed",
  uploaded: "uploaded, kept sealed",
  stored: "one that the service keeps",
  "kept-out": "kept out of the service",
} as const;

export function ReviewStep({ draft }: StepProps): JSX.Element {
  const { name, reference, folder, calibration, pool } = draft;
  const keptOut = draft.keyKind === "kept-out";
  const random = draft.calibrationKind === "random";
  return (
    <>
      <Facts
        facts={[
          ["Name", name],
          [
            "Unmarked model",
            reference === null ? null : `${reference.name}, ${formatBytes(reference.bytes)}`,
          ],
          ["Its SHA-256", reference === null ? null : <code>{reference.sha256}</code>],
          ["Owner key", KEYS[draft.keyKind]],
          ["Registration", keptOut ? (folder?.name ?? null) : "made now"],
          [
            "Calibration data",
            keptOut ? null : random ? `${draft.randomRows} random rows` : (calibration?.name ?? null),
          ],
          [
            "Inputs to ask",
            keptOut || random
              ? null
              : draft.poolKind === "file"
                ? (pool?.name ?? null)
                : "the calibration data",
          ],
          ["Owner", keptOut ? null : draft.owner || "not named"],
          ["Text in the mark", keptOut ? null : draft.payload || "none"],
          ["Dated by", keptOut ? null : draft.dated ? draft.authority : "nobody"],
          ["Public chance", keptOut ? null : draft.beacon ? "drand, in a little over an hour" : "none"],
          ["Students", keptOut ? null : draft.shadows === "0" ? "none" : draft.shadows],
        ]}
      />
      <p>
        {draft.shadows === "0" || keptOut
          ? "Registering takes from seconds to minutes."
          : "Students are trained first, which takes minutes or longer for each."}{" "}
        What is registered cannot be changed afterwards.
      </p>
    </>
  );
}
