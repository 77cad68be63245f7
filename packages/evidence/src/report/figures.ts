import { rademacherQuantile } from "@indicia/proof/tail";
import { scaleBand, scaleLinear, scaleLog } from "d3-scale";
import { curveLinear, line as linePath } from "d3-shape";
import type { StatisticsFile } from "../statistics.js";
import { bar, type Drawing, label, line, type Shape } from "./drawing.js";

const WIDTH = 470;
/** Statistics that are shown at most; the table lists all. */
const MOST_BARS = 12;
/** Up to this T the suspect stands on the decoys' own axis. */
const SAME_AXIS = 7;
/** log10 of 2^-256, which no 256-bit key can certify less than. */
const KEY_FLOOR = 256 * Math.LOG10E * Math.LN2;

/** T of the suspect beside T of keys that nobody holds, or null where no decoys were counted or all say the same. */
export function decoyFigure({ decoys, statistics, lnLevel, controls }: StatisticsFile): Drawing | null {
  const [best] = statistics;
  if (decoys === null || best === undefined || controls.decoySdT === 0) return null;
  const frame = { left: 46, right: WIDTH - 12, top: 26, bottom: 150 };
  const far = best.T > SAME_AXIS;
  const end = far ? WIDTH - 110 : frame.right;
  const most = far ? 6 : SAME_AXIS;
  const x = scaleLinear([decoys.from, most], [frame.left, end]);
  const keys = decoys.counts.reduce((sum, count) => sum + count, 0);
  const y = scaleLinear([0, Math.max(...decoys.counts, 1)], [frame.bottom, frame.top + 12]).nice();
  const barWidth = x(decoys.width) - x(0);
  const normal = Array.from({ length: 101 }, (_, i): [number, number] => {
    const t = decoys.from + (i * (5 - decoys.from)) / 100;
    const expected = (keys * decoys.width * Math.exp((-t * t) / 2)) / Math.sqrt(2 * Math.PI);
    return [x(t), y(expected)];
  });
  const spent = best.corrections.reduce((sum, { lnFactor }) => sum + lnFactor, 0);
  const needed = rademacherQuantile(lnLevel - spent);
  return {
    width: WIDTH,
    height: 190,
    shapes: [
      ...decoys.counts.map((count, i) =>
        bar(
          x(decoys.from + i * decoys.width) + 0.4,
          y(count),
          barWidth - 0.8,
          frame.bottom - y(count),
          "bars",
        ),
      ),
      path(normal, "grey"),
      ...valueAxis(y, frame, "decoy keys"),
      ...bottomAxis(x, frame, {
        from: frame.left,
        to: end,
        title: "statistic T",
        ticks: [-4, -2, 0, 2, 4, 6],
      }),
      ...(needed <= most ? threshold(x(needed), frame, `needed: T = ${needed.toFixed(2)}`) : []),
      ...(far
        ? brokenAxis(frame, end, { T: best.T, needed: needed > most ? needed : null })
        : suspectAt(x(best.T), frame, best.T)),
    ],
  };
}

/** Evidence after each look, or null where fewer than two were taken. */
export function evidenceFigure({ looks, level }: StatisticsFile): Drawing | null {
  const [first] = looks;
  const last = looks.at(-1);
  if (first === undefined || last === undefined || looks.length < 2) return null;
  const frame = { left: 46, right: WIDTH - 96, top: 26, bottom: 150 };
  const evidence = looks.map(({ lnP }) => -lnP / Math.LN10);
  const highest = Math.max(...evidence, -1.2 * Math.log10(level));
  const x = scaleLog([first.probes, last.probes], [frame.left + 10, frame.right]);
  const y = scaleLinear([0, highest], [frame.bottom, frame.top]).nice();
  const points = looks.map(({ probes }, i): [number, number] => [x(probes), y(evidence[i] ?? 0)]);
  const marks: [number, string][] = [[-Math.log10(level), `level ${level}`]];
  if (highest > KEY_FLOOR) marks.push([KEY_FLOOR, "most that is certified"]);
  return {
    width: WIDTH,
    height: 190,
    shapes: [
      ...marks.flatMap(([value, text], i) => [
        line([frame.left, y(value)], [frame.right + 4, y(value)], { stroke: "accent", dashed: true }),
        // On a long axis both lines lie at its foot; their texts still stand above one another.
        label(frame.right + 8, Math.min(y(value) + 3, frame.bottom + 3 - 10 * i), text, { colour: "accent" }),
      ]),
      path(points, "ink"),
      ...points.map(([px, py]) => bar(px - 2, py - 2, 4, 4, "ink")),
      ...valueAxis(y, frame, "-log10 p, corrected"),
      ...bottomAxis(x, frame, {
        from: frame.left,
        to: frame.right,
        title: "probes asked (logarithmic)",
        ticks: looks.map(({ probes }) => probes),
      }),
    ],
  };
}

/** T of every statistic that the verdict could have rested on. */
export function statisticsFigure({ statistics }: StatisticsFile): Drawing | null {
  const shown = statistics.slice(0, MOST_BARS);
  if (shown.length < 2 || shown.every(({ T }) => T === 0)) return null;
  const names = shown.map((each, i) => `${i + 1}. ${each.mark}: ${each.statistic}`);
  const height = 18 * shown.length + 44;
  const frame = { left: 190, right: WIDTH - 50, top: 8, bottom: height - 34 };
  const lowest = Math.min(0, ...shown.map(({ T }) => T));
  const x = scaleLinear([lowest, Math.max(4, ...shown.map(({ T }) => T))], [frame.left, frame.right]).nice(5);
  const y = scaleBand(names, [frame.top, frame.bottom]).padding(0.25);
  return {
    width: WIDTH,
    height,
    shapes: [
      ...shown.flatMap(({ T }, i) => {
        const name = names[i] ?? "";
        const top = y(name) ?? frame.top;
        const middle = top + y.bandwidth() / 2 + 3;
        return [
          label(frame.left - 6, middle, name, { anchor: "end" }),
          bar(Math.min(x(0), x(T)), top, Math.abs(x(T) - x(0)), y.bandwidth(), i === 0 ? "accent" : "bars"),
          label(Math.max(x(0), x(T)) + 4, middle, T.toFixed(2)),
        ];
      }),
      line([x(0), frame.top], [x(0), frame.bottom], { stroke: "grey" }),
      ...bottomAxis(x, frame, { from: frame.left, to: frame.right, title: "statistic T", ticks: x.ticks(5) }),
    ],
  };
}

interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function path(points: readonly (readonly [number, number])[], stroke: "ink" | "grey"): Shape {
  const draw = linePath<readonly [number, number]>()
    .x(([px]) => Number(px.toFixed(2)))
    .y(([, py]) => Number(py.toFixed(2)))
    .curve(curveLinear);
  return { kind: "path", d: draw([...points]) ?? "", stroke, width: 1 };
}

function valueAxis(
  y: { (value: number): number; ticks(count: number): number[] },
  { left, top, bottom }: Frame,
  title: string,
): Shape[] {
  return [
    line([left, top], [left, bottom]),
    ...y
      .ticks(4)
      .flatMap((tick) => [
        line([left - 3, y(tick)], [left, y(tick)]),
        label(left - 6, y(tick) + 3, String(tick), { anchor: "end" }),
      ]),
    label(4, top - 12, title, { colour: "grey" }),
  ];
}

function bottomAxis(
  x: (value: number) => number,
  { bottom }: Frame,
  axis: {
    readonly from: number;
    readonly to: number;
    readonly title: string;
    readonly ticks: readonly number[];
  },
): Shape[] {
  return [
    line([axis.from, bottom], [axis.to, bottom]),
    ...axis.ticks.flatMap((tick) => [
      line([x(tick), bottom], [x(tick), bottom + 3]),
      label(x(tick), bottom + 13, String(tick), { anchor: "middle" }),
    ]),
    label((axis.from + axis.to) / 2, bottom + 28, axis.title, { anchor: "middle", colour: "grey" }),
  ];
}

function threshold(x: number, { top, bottom }: Frame, text: string): Shape[] {
  return [
    line([x, top + 4], [x, bottom], { stroke: "accent", dashed: true }),
    label(x - 4, top + 12, text, { anchor: "end", colour: "accent" }),
  ];
}

function suspectAt(x: number, { top, bottom }: Frame, T: number): Shape[] {
  return [
    line([x, top - 8], [x, bottom], { stroke: "accent", width: 1.6 }),
    label(x + 4, top - 2, `the key: T = ${T.toFixed(2)}`, { colour: "accent" }),
  ];
}

/** Where the suspect's T lies far beyond the decoys', the axis is broken and says so. */
function brokenAxis(
  frame: Frame,
  end: number,
  { T, needed }: { readonly T: number; readonly needed: number | null },
): Shape[] {
  const { right, top, bottom } = frame;
  const at = right - 42;
  const between =
    needed === null
      ? []
      : [
          line([end + 24, top + 4], [end + 24, bottom], { stroke: "accent", dashed: true }),
          label(end + 20, top + 12, `needed: T = ${needed.toFixed(2)}`, { anchor: "end", colour: "accent" }),
        ];
  return [
    line([end, bottom + 4], [end + 5, bottom - 4]),
    line([end + 5, bottom + 4], [end + 10, bottom - 4]),
    line([end + 8, bottom], [right, bottom]),
    ...between,
    line([at, top - 8], [at, bottom], { stroke: "accent", width: 1.6 }),
    label(at + 4, top - 12, `the key: T = ${T.toFixed(2)}`, { anchor: "middle", colour: "accent" }),
    label(at, bottom + 13, T.toFixed(2), { anchor: "middle" }),
  ];
}
