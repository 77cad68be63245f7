import { margin } from "../../probes/uncertain.js";

/** Share of calibration rows that count as doubtful: there a changed label costs its receiver least. */
const DOUBTFUL_SHARE = 0.05;
/** Calibration rows that are enough to say where the doubtful ones end. */
export const PLANNED_ROWS = 512;
/** Share of distinct queries whose label may be changed, whatever the key would like. */
export const MOST_CHANGED = 0.005;
/** Tilt of a query's log-probabilities, in logits. A label changes only where the margin is below twice this. */
export const DEFAULT_TILT = 0.05;

/** What the mark on logged queries takes from the reference; no key is needed for it. */
export interface LoggedPlan {
  readonly classes: number;
  readonly link: "softmax" | "sigmoid";
  /** A query is doubtful where the margin between its two best logits is at most this. */
  readonly doubtfulBelow: number;
}

/**
 * Find out from calibration rows which queries count as doubtful.
 *
 * @param logits of calibration rows, row-major [n, m]
 */
export function planLogged(
  logits: Float64Array,
  rows: number,
  read: Pick<LoggedPlan, "classes" | "link">,
): LoggedPlan {
  const margins = Array.from({ length: rows }, (_, row) => margin(logits, row, read.classes, read.link)).sort(
    (a, b) => a - b,
  );
  return { ...read, doubtfulBelow: margins[Math.ceil(DOUBTFUL_SHARE * rows) - 1] ?? 0 };
}

/** Whether the key may change a query's label: a doubtful one, of a classifier with several wrong labels. */
export function isDoubtful(logits: Float64Array, row: number, plan: LoggedPlan): boolean {
  const { classes, link, doubtfulBelow } = plan;
  if (link === "sigmoid" || classes < 3) return false;
  return margin(logits, row, classes, link) <= doubtfulBelow;
}
