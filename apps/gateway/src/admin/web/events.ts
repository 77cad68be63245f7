import type { AlertView, LimitHitView } from "../views.js";
import { element } from "./elements.js";
import { bits, fine, span, timeElement, whole } from "./formats.js";
import { none, table } from "./tables.js";

/** Rows shown at a time; the API has all that are kept. */
const SHOWN = 100;

export function alertsTable(alerts: readonly AlertView[]): Node {
  if (alerts.length === 0) return none("No account was flagged since this instance started.");
  const shown = table(
    "Alerts, newest first",
    [
      { title: "When", cell: ({ time }) => timeElement(time) },
      { title: "Account", header: true, cell: ({ account }) => account },
      { title: "Model", cell: ({ model }) => model },
      { title: "Reason", cell: (alert) => reasonCell(alert) },
      { title: "Score / threshold", number: true, cell: ({ score }) => fine(score) },
      { title: "Queries", number: true, cell: ({ seen }) => whole(seen) },
    ],
    alerts.slice(0, SHOWN),
  );
  return withRest(shown, alerts.length);
}

function reasonCell({ reason, explanation, pool }: AlertView): Node {
  return element(
    "span",
    {},
    element("span", { class: "badge bad" }, reason),
    element("span", { class: "sub" }, explanation),
    pool === null || pool.length < 2
      ? null
      : element("span", { class: "sub" }, `Together: ${pool.join(", ")}`),
  );
}

export function limitsTable(hits: readonly LimitHitView[]): Node {
  if (hits.length === 0) return none("No limit turned a request away since this instance started.");
  const shown = table(
    "Requests that a limit turned away, newest first",
    [
      { title: "When", cell: ({ time }) => timeElement(time) },
      { title: "Account", header: true, cell: ({ account }) => account },
      { title: "Model", cell: ({ model }) => model },
      { title: "Limit", cell: (hit) => limitOf(hit) },
      {
        title: "Room again",
        cell: ({ retryAfter }) => (retryAfter === null ? "never" : `after ${whole(retryAfter)} s`),
      },
    ],
    hits.slice(0, SHOWN),
  );
  return withRest(shown, hits.length);
}

function limitOf({ per, count, most, seconds }: LimitHitView): string {
  const amount = count === "bits" ? bits(most) : whole(most);
  const counted = count === "bits" ? "of distinct information" : count;
  return `${amount} ${counted} per ${per} in ${span(seconds)}`;
}

function withRest(shown: Node, count: number): Node {
  return count <= SHOWN
    ? shown
    : element("div", {}, shown, element("p", { class: "note" }, `The newest ${SHOWN} of ${count}.`));
}
