import type { JSX } from "preact";
import type { Inspection } from "../../../src/shapes/suspects.js";
import { Badge } from "../ui/badge.js";
import { Facts } from "../ui/facts.js";
import { ProblemNotice, sentence } from "../ui/problem-notice.js";
import { ApiError } from "../api/api-error.js";
import { counted, formatNumber, formatTime } from "../words/format.js";

export const ANSWERS: Readonly<Record<Inspection["answers"], string>> = {
  logits: "raw scores",
  probabilities: "probabilities",
  "top-k": "the best few labels",
  labels: "labels only",
  unknown: "nothing that is understood",
};

/** Most label names that are worth reading here. */
const SHOWN_NAMES = 12;

/** What a connection test found. */
export function InspectionParts({ inspection }: { readonly inspection: Inspection }): JSX.Element {
  const { at, reachable, error, answers, classes, decimals, deterministic, maxRepeatDifference, notes } =
    inspection;
  return (
    <>
      <p>
        <Badge
          wording={reachable ? { label: "Reachable", tone: "good" } : { label: "Not reachable", tone: "bad" }}
        />{" "}
        <span class="aside">
          Tested {formatTime(at)}, {counted(inspection.queries, "question")}
        </span>
      </p>
      {error !== null && (
        <ProblemNotice
          error={new ApiError({ code: error.code, detail: error.message, hint: error.hint, status: 0 })}
        />
      )}
      {reachable && (
        <Facts
          facts={[
            ["Answers with", ANSWERS[answers]],
            ["Labels", classes === null ? "not known" : formatNumber(classes)],
            ["Rounds to", decimals === null ? "does not round" : counted(decimals, "decimal")],
            [
              "Same question, same answer",
              deterministic === null
                ? "not tried"
                : deterministic
                  ? "Yes"
                  : `No: differs by up to ${maxRepeatDifference?.toPrecision(2) ?? "an unknown amount"}`,
            ],
            [
              "Inputs in one request",
              inspection.rowsPerRequest === null ? "not known" : formatNumber(inspection.rowsPerRequest),
            ],
            [
              "Time of an answer",
              inspection.milliseconds === null ? "not known" : `${Math.round(inspection.milliseconds)} ms`,
            ],
            [
              "Takes",
              inspection.inputs.length === 0
                ? null
                : inspection.inputs
                    .map(
                      ({ name, type, dims }) =>
                        `${name} (${type}, ${dims.map((dim) => (dim === -1 || dim === "?" ? "any" : dim)).join(" × ")})`,
                    )
                    .join(", "),
            ],
            ["Names of labels", inspection.labelNames.length === 0 ? null : namesOf(inspection.labelNames)],
          ]}
        />
      )}
      {notes.length > 0 && (
        <ul>
          {notes.map((note) => (
            <li key={note}>{sentence(note)}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function namesOf(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_NAMES).join(", ");
  const rest = names.length - SHOWN_NAMES;
  return rest > 0 ? `${shown} and ${formatNumber(rest)} more` : shown;
}
