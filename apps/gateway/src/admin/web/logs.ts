import type { LogView, SegmentView } from "../views.js";
import { element } from "./elements.js";
import { timeElement, whole } from "./formats.js";
import { none, table } from "./tables.js";

/** Query logs and what their checks found. @param check called with the log that is to be checked */
export function logsTable(logs: readonly LogView[], check: (name: string) => void): Node {
  if (logs.length === 0) return none("No query log is configured.");
  return table(
    "Query logs",
    [
      { title: "Model", header: true, cell: ({ name }) => name },
      { title: "State", cell: (log) => stateOf(log) },
      { title: "Last checked", cell: ({ latest }) => timeElement(latest?.time ?? null) },
      { title: "Found", cell: (log) => foundOf(log) },
      { title: "Action", cell: (log) => checkButton(log, check) },
    ],
    logs,
  );
}

function stateOf({ running, latest }: LogView): Node {
  if (running) return element("span", { class: "badge watch" }, "checking");
  switch (latest?.outcome) {
    case "whole":
      return element("span", { class: "badge good" }, "whole");
    case "broken":
      return element("span", { class: "badge bad" }, "altered");
    case "failed":
      return element("span", { class: "badge watch" }, "not readable");
    case undefined:
      return element("span", { class: "badge plain" }, "not checked");
  }
}

function foundOf({ latest }: LogView): Node | string {
  if (latest === null) return "–";
  if (latest.outcome === "failed") return latest.message;
  if (latest.outcome === "broken")
    return element(
      "span",
      {},
      element("code", {}, latest.file),
      `: ${latest.message}.`,
      element(
        "span",
        { class: "sub" },
        `${latest.code}; ${whole(latest.wholeBefore)} segments before it are whole.`,
      ),
    );
  const { lines, segments, ms } = latest;
  return element(
    "span",
    {},
    `${whole(lines)} lines in ${segments.length} segment${segments.length === 1 ? "" : "s"}, every link and root as it should be`,
    element("span", { class: "sub" }, `in ${whole(ms)} ms`),
    segmentList(segments),
  );
}

function segmentList(segments: readonly SegmentView[]): Node {
  const items = segments.map(({ segment, entries, root, closed, deleted }) =>
    element(
      "li",
      {},
      `Segment ${segment}: ${whole(entries)} lines, ${deleted === null ? (closed ? "closed" : "open") : "given up"}, root `,
      element("code", {}, root),
    ),
  );
  return element(
    "details",
    { class: "note" },
    element("summary", {}, "Segments"),
    element("ul", {}, ...items),
  );
}

function checkButton({ name, running }: LogView, check: (name: string) => void): Node {
  const button = element(
    "button",
    {
      type: "button",
      id: `check ${name}`,
      disabled: running,
      "aria-label": `Verify the query log of ${name}`,
    },
    "Verify",
  );
  button.addEventListener("click", () => check(name));
  return button;
}
