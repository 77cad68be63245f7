import type { Row } from "../row.js";

const MATRIX = "log10PIdeal";
const BLUNT = "log10PIdeal without alignment";

/** Attack by model, log10 p each, with what is seen without alignment in brackets; empty where there is no place. */
export function matrixPage(rows: readonly Row[]): string {
  const cells = rows.flatMap(({ case: name, metric, value, met }) => {
    const at = name.indexOf(": ");
    if (at < 0 || (metric !== MATRIX && metric !== BLUNT)) return [];
    return [{ model: name.slice(0, at), attack: name.slice(at + 2), metric, value, met }];
  });
  const models = [...new Set(cells.map(({ model }) => model))];
  const attacks = [...new Set(cells.map(({ attack }) => attack))];
  const cell = (model: string, attack: string): string => {
    const found = cells.filter((each) => each.model === model && each.attack === attack);
    const aligned = found.find(({ metric }) => metric === MATRIX);
    const blunt = found.find(({ metric }) => metric === BLUNT);
    if (aligned === undefined) return "";
    const missed = aligned.met === false ? " **missed**" : "";
    return `${rounded(aligned.value)}${blunt === undefined ? "" : ` (${rounded(blunt.value)})`}${missed}`;
  };
  const strengths = new Map(
    rows.flatMap(({ case: name, metric, value }) => (metric === "strength" ? [[name, value] as const] : [])),
  );
  const heads = models.map((model) => `${model}, ${100 * (strengths.get(model) ?? 0)} %`);
  return [
    "# Every attack on every model",
    "",
    "log10 p of an ideal carrier after corrections, over all weights under the registered payload, at the strength named",
    "beside each model; in brackets what is found without alignment. An empty cell: the model has no place for the attack.",
    "",
    `| attack | ${heads.join(" | ")} |`,
    `| --- | ${models.map(() => "---").join(" | ")} |`,
    ...attacks.map((attack) => `| ${attack} | ${models.map((model) => cell(model, attack)).join(" | ")} |`),
    "",
  ].join("\n");
}

function rounded(value: number): string {
  if (value > -1) return "0";
  const digits = Math.max(0, Math.floor(Math.log10(-value)) - 2);
  return (Math.round(value / 10 ** digits) * 10 ** digits).toLocaleString("en");
}

const WIDTH = 640;
const HEIGHT = 400;
const FRAME = { left: 70, right: 20, top: 20, bottom: 60 } as const;
const COLOURS = ["#0b6e99", "#c0392b", "#2e7d32", "#7b3fa0"] as const;

/** Strength against evidence that is left and labels that change, both axes logarithmic. */
export function curveFigure(rows: readonly Row[]): string {
  const points = rows.flatMap(({ case: name, metric, value }) => {
    const strength = / at ([\d.]+) %$/.exec(name)?.[1];
    return strength === undefined ? [] : [{ strength: Number(strength), metric, value }];
  });
  const attacks = [...new Set(points.map(({ metric }) => metric))].filter((metric) =>
    metric.startsWith("log10PIdeal, "),
  );
  const x = scaleOf(0.1, 2, FRAME.left, WIDTH - FRAME.right);
  const y = scaleOf(10, 1e6, HEIGHT - FRAME.bottom, FRAME.top);
  const lines = attacks.map((metric, i) => {
    const own = points.filter((point) => point.metric === metric && point.value < -1);
    const colour = COLOURS[i % COLOURS.length];
    const path = own.map(({ strength, value }) => `${x(strength)},${y(-value)}`).join(" ");
    const last = own.at(-1);
    const label = metric.slice("log10PIdeal, ".length);
    const key = `<text x="${FRAME.left + 10}" y="${FRAME.top + 16 + 16 * i}" fill="${colour}">${label}</text>`;
    return last === undefined
      ? ""
      : `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${key}`;
  });
  const changes = points.filter(({ metric }) => metric === "labels changed by the mark");
  const ticks = changes.map(({ strength, value }) => {
    const at = x(strength);
    return [
      `<line x1="${at}" y1="${FRAME.top}" x2="${at}" y2="${HEIGHT - FRAME.bottom}" stroke="#ddd"/>`,
      `<text x="${at}" y="${HEIGHT - FRAME.bottom + 16}" text-anchor="middle">${strength} %</text>`,
      `<text x="${at}" y="${HEIGHT - FRAME.bottom + 32}" text-anchor="middle" fill="#777">${(100 * value).toFixed(2)} %</text>`,
    ].join("");
  });
  const rungs = [10, 100, 1000, 10_000, 100_000, 1_000_000].map(
    (value) =>
      `<line x1="${FRAME.left}" y1="${y(value)}" x2="${WIDTH - FRAME.right}" y2="${y(value)}" stroke="#ddd"/>` +
      `<text x="${FRAME.left - 6}" y="${y(value) + 4}" text-anchor="end">-${value.toLocaleString("en")}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...rungs,
    ...ticks,
    ...lines,
    `<text x="${WIDTH / 2}" y="${HEIGHT - 8}" text-anchor="middle">strength; below it the labels that the mark changes</text>`,
    `<text x="14" y="${HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 14 ${HEIGHT / 2})">log10 p</text>`,
    "</svg>",
    "",
  ].join("\n");
}

/** A logarithmic axis, rounded to tenths of a pixel. */
function scaleOf(from: number, to: number, start: number, end: number): (value: number) => number {
  return (value) => {
    const share = Math.log(value / from) / Math.log(to / from);
    return Math.round(10 * (start + share * (end - start))) / 10;
  };
}
