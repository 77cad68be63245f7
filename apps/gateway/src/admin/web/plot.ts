import type { AlertView, SuspicionView } from "../views.js";
import { element, svg } from "./elements.js";
import { fine, moment, timeElement } from "./formats.js";
import { table } from "./tables.js";

/** Pixels. */
const HEIGHT = 220;
const LEFT = 34;
const RIGHT = 12;
const TOP = 22;
const BOTTOM = 26;
const LEVELS = [0, 0.25, 0.5, 0.75, 1];
/** Pixels that the label of a time takes. */
const LABEL = 110;
/** Least span of time that is drawn, in milliseconds. */
const SHORTEST = 60_000;

interface Scale {
  readonly from: number;
  readonly to: number;
  readonly x: (time: number) => number;
  readonly y: (suspicion: number) => number;
}

/**
 * Suspicion over time as a line of steps, with the alerts on it, and the same as a table for whoever reads it out.
 *
 * @param width pixels that there are
 */
export function suspicionPlot(view: SuspicionView, alerts: readonly AlertView[], width: number): Node {
  const scale = scaleOf(view, width);
  const drawn = svg(
    "svg",
    {
      class: "plot",
      width,
      height: HEIGHT,
      viewBox: `0 0 ${width} ${HEIGHT}`,
      role: "img",
      "aria-label": inWords(view),
    },
    ...grid(scale, width),
    ...line(view, scale),
    ...alerts.map((alert) => alertMark(alert, scale)),
  );
  return element("div", {}, drawn, asTable(view));
}

function scaleOf({ points, since, now }: SuspicionView, width: number): Scale {
  const to = Date.parse(now);
  const first = Date.parse(points[0]?.time ?? since);
  // A little of the time before shows that it began at nothing.
  const from = Math.min(to - SHORTEST, first - (to - first) * 0.05);
  const across = width - LEFT - RIGHT;
  return {
    from,
    to,
    x: (time) => LEFT + (across * (Math.max(from, time) - from)) / (to - from),
    y: (suspicion) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - suspicion),
  };
}

function grid({ from, to, x, y }: Scale, width: number): Node[] {
  const levels = LEVELS.flatMap((level) => [
    svg("line", {
      class: level === 1 ? "limit" : "grid",
      x1: LEFT,
      x2: width - RIGHT,
      y1: y(level),
      y2: y(level),
    }),
    svg("text", { x: LEFT - 6, y: y(level) + 4, "text-anchor": "end" }, String(level)),
  ]);
  const named = svg("text", { class: "limit-text", x: LEFT, y: y(1) - 7 }, "flagged");
  const count = Math.max(2, Math.min(5, Math.floor((width - LEFT - RIGHT) / LABEL)));
  const short = timeLabels(from, to);
  const times = Array.from({ length: count }, (_, i) => {
    const time = from + ((to - from) * i) / (count - 1);
    const anchor = i === 0 ? "start" : i === count - 1 ? "end" : "middle";
    return svg("text", { x: x(time), y: HEIGHT - 8, "text-anchor": anchor }, short.format(new Date(time)));
  });
  return [...levels, named, ...times];
}

function timeLabels(from: number, to: number): Intl.DateTimeFormat {
  const day = 86_400_000;
  if (to - from > day)
    return new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit" });
  const seconds = to - from < 600_000 ? { second: "2-digit" as const } : {};
  return new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", ...seconds });
}

function line({ points, now }: SuspicionView, { from, x, y }: Scale): Node[] {
  let path = `M${x(from)} ${y(0)}`;
  for (const { time, suspicion } of points) path += `H${x(Date.parse(time))}V${y(suspicion)}`;
  path += `H${x(Date.parse(now))}`;
  return [svg("path", { class: "area", d: `${path}V${y(0)}Z` }), svg("path", { class: "line", d: path })];
}

function alertMark({ time, reason }: AlertView, { x, y }: Scale): Node {
  const said = svg("title", {}, `Flagged for ${reason}, ${moment(time)}`);
  return svg("circle", { class: "alert", cx: x(Date.parse(time)), cy: y(1), r: 6 }, said);
}

function inWords({ account, points }: SuspicionView): string {
  const last = points.at(-1);
  if (last === undefined) return `Suspicion of ${account}: none so far`;
  const most = Math.max(...points.map(({ suspicion }) => suspicion));
  return `Suspicion of ${account}: now ${fine(last.suspicion)}, at most ${fine(most)}, of 1 where it is flagged`;
}

function asTable({ points }: SuspicionView): Node | null {
  if (points.length === 0) return null;
  return element(
    "details",
    { class: "note" },
    element("summary", {}, "As a table"),
    table(
      "Suspicion over time",
      [
        { title: "From", header: true, cell: ({ time }) => timeElement(time) },
        { title: "Suspicion", number: true, cell: ({ suspicion }) => fine(suspicion) },
      ],
      points,
    ),
  );
}
