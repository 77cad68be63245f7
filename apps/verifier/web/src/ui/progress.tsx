import type { JSX } from "preact";
import type { Step } from "../../../src/shapes/common.js";
import { formatNumber } from "../words/format.js";
import { sentence } from "./problem-notice.js";

/** How far something is. A reader hears of a new stage, and not of every row. */
export function StepProgress({ step, label }: { readonly step: Step; readonly label: string }): JSX.Element {
  const known = step.total > 0;
  return (
    <div class="progress">
      <p>
        <span aria-live="polite">{sentence(step.stage).replace(/\.$/, "")}</span>
        {known && (
          <span class="aside">
            {" "}
            {formatNumber(step.done)} of {formatNumber(step.total)}
          </span>
        )}
      </p>
      <progress aria-label={label} {...(known ? { value: step.done, max: step.total } : {})} />
    </div>
  );
}
