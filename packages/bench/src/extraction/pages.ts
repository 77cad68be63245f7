import type { Row } from "../row.js";
import { readable } from "../table.js";
import { DISTORTION_CASE, QUERIES_CASE } from "./curve-rows.js";
import { type Axis, barFigure, lineFigure, type Series } from "./figure.js";
import { DECOY_CASE } from "./innocent-rows.js";
import { MATRIX_CASE } from "./matrix-rows.js";

/** The level of a verdict, as a power of ten. */
const LEVEL = -6;
const TIERS: Readonly<Record<string, string>> = {
  "2": "Tier 2: a stolen copy is tuned",
  "5": "Tier 5: what is done to inputs and answers",
  "6": "Tier 6: a substitute is trained on answers",
  "7": "Tier 7: a substitute is tuned",
};

/** Further pages of the report. */
export function pages(rows: readonly Row[]): ReadonlyMap<string, string> {
  return new Map([
    ["extraction-matrix.md", matrixPage(rows)],
    ["extraction-queries.svg", queriesFigure(rows)],
    ["extraction-distortion.svg", distortionFigure(rows)],
    ["extraction-decoys.svg", decoysFigure(rows)],
  ]);
}

/** A table per tier: T, log10 p and the accuracy that the thief lost; cells below the level are shown as such. */
export function matrixPage(rows: readonly Row[]): string {
  const cells = rows.filter((row) => row.case.startsWith(MATRIX_CASE));
  const names = [...new Set(cells.map((row) => row.case))];
  const value = (name: string, metric: string): number | null =>
    cells.find((row) => row.case === name && row.metric === metric)?.value ?? null;
  const shown = (number: number | null): string => (number === null ? "" : readable(number));
  const tables = Object.entries(TIERS).flatMap(([tier, title]) => {
    const prefix = `${MATRIX_CASE}${tier}: `;
    const own = names.filter((name) => name.startsWith(prefix));
    if (own.length === 0) return [];
    const lines = own.map((name) => {
      const log10P = value(name, "log10PIdeal");
      const verdict = log10P !== null && log10P <= LEVEL ? "match" : "inconclusive";
      const lost = value(name, "accuracy lost");
      const points = lost === null ? "" : `${(100 * lost).toFixed(1)} points`;
      const numbers = [
        shown(value(name, "T")),
        shown(log10P),
        verdict,
        points,
        shown(value(name, "queries")),
      ];
      return `| ${[name.slice(prefix.length), ...numbers].join(" | ")} |`;
    });
    return [
      `## ${title}`,
      "",
      "| attack | T | log10 p | verdict | accuracy lost | queries |",
      "| --- | --- | --- | --- | --- | --- |",
      ...lines,
      "",
    ];
  });
  return [
    "# Stealing by query, and by copy",
    "",
    "The read-out mark of a Fashion-MNIST classifier under one key: T of the strongest residual, log10 p of an ideal carrier",
    `after all corrections, the verdict at 1e${LEVEL}, and how much less often than the reference the suspect is right. The`,
    "probes are images that neither owner nor thief had; everything that enters a residual was fixed before the key.",
    "",
    ...tables,
  ].join("\n");
}

/** Evidence as the probes go on, one line per thief. */
export function queriesFigure(rows: readonly Row[]): string {
  const points = rows.flatMap(({ case: name, metric, value }) => {
    const probes = /^log10PIdeal, (\d+) probes$/.exec(metric)?.[1];
    if (probes === undefined || !name.startsWith(QUERIES_CASE)) return [];
    return [{ name: name.slice(QUERIES_CASE.length), x: Number(probes), y: -value }];
  });
  const names = [...new Set(points.map(({ name }) => name))];
  const most = Math.max(LEVEL * -2, ...points.map(({ y }) => y));
  return lineFigure(
    {
      x: {
        label: "probes",
        from: 50,
        to: 5000,
        logarithmic: true,
        ticks: [64, 128, 256, 512, 1024, 2048, 5000],
      },
      y: evidenceAxis(most),
    },
    names.map((name): Series => ({ name, points: points.filter((point) => point.name === name) })),
  );
}

/** Evidence against a vector thief by the share of labels that the mark changed. */
export function distortionFigure(rows: readonly Row[]): string {
  const cases = [...new Set(rows.map((row) => row.case).filter((name) => name.startsWith(DISTORTION_CASE)))];
  const points = cases.flatMap((name) => {
    const of = (metric: string): number | undefined =>
      rows.find((row) => row.case === name && row.metric === metric)?.value;
    const [x, y] = [of("labels changed"), of("log10PIdeal")];
    return x === undefined || y === undefined ? [] : [{ x: 100 * x, y: -y }];
  });
  const most = Math.max(-2 * LEVEL, ...points.map(({ y }) => y));
  return lineFigure(
    {
      x: { label: "% of labels changed", from: 0, to: 5, logarithmic: false, ticks: [0, 1, 2, 3, 4, 5] },
      y: evidenceAxis(most),
    },
    [{ name: "vector thief", points }],
  );
}

/** How T is spread under wrong keys, below the bound that the p-value rests on. */
export function decoysFigure(rows: readonly Row[]): string {
  const bars = rows.flatMap(({ case: name, metric, value }) => {
    const found = /^T from (-?[\d.]+) to (-?[\d.]+)$/.exec(metric);
    if (name !== DECOY_CASE || found === null) return [];
    return [{ from: Number(found[1]), to: Number(found[2]), value }];
  });
  // Share of T at or above each bar's beginning, from the right.
  let above = 0;
  const tail = bars
    .toReversed()
    .map(({ from, to, value }) => {
      above += value;
      return { from, to, value: above };
    })
    .filter(({ from }) => from >= 0)
    .toReversed();
  const bound = Array.from({ length: 51 }, (_, i) => ({ x: i / 10, y: Math.exp(-((i / 10) ** 2) / 2) }));
  return barFigure(
    {
      x: { label: "t", from: 0, to: 5, logarithmic: false, ticks: [0, 1, 2, 3, 4, 5] },
      y: {
        label: "share of wrong keys with T at least t",
        from: 1e-6,
        to: 1,
        logarithmic: true,
        ticks: [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1],
      },
    },
    tail,
    { name: "exp(-t^2 / 2)", points: bound },
  );
}

function evidenceAxis(most: number): Axis {
  const step = [1, 2, 5, 10, 20, 50, 100].find((each) => most / each <= 10) ?? 200;
  const to = step * Math.ceil(most / step);
  const ticks = Array.from({ length: to / step + 1 }, (_, i) => step * i);
  return { label: "-log10 p", from: 0, to, logarithmic: false, ticks };
}
