/** A line of a figure. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** One axis: where it begins and ends, whether it is logarithmic, and its ticks. */
export interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly logarithmic: boolean;
  readonly ticks: readonly number[];
}

const WIDTH = 760;
const HEIGHT = 440;
const FRAME = { left: 70, right: 20, top: 20, bottom: 60 } as const;
const COLOURS = [
  "#0b6e99",
  "#c0392b",
  "#2e7d32",
  "#7b3fa0",
  "#b36b00",
  "#5d4037",
  "#00838f",
  "#ad1457",
  "#37474f",
  "#827717",
] as const;
const LINE_HEIGHT = 15;

/** Lines over two axes as an SVG, with their names in the corner that evidence leaves free. */
export function lineFigure(axes: { readonly x: Axis; readonly y: Axis }, series: readonly Series[]): string {
  const [x, y] = [scaleOf(axes.x, FRAME.left, WIDTH - FRAME.right), verticalScale(axes.y)];
  const lines = series.map(({ name, points }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const path = points.map((point) => `${x(point.x)},${y(point.y)}`).join(" ");
    const dots = points.map(
      (point) => `<circle cx="${x(point.x)}" cy="${y(point.y)}" r="3" fill="${colour}"/>`,
    );
    const at = FRAME.top + LINE_HEIGHT * (i + 1);
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...dots,
      `<text x="${FRAME.left + 10}" y="${at}" fill="${colour}">${escaped(name)}</text>`,
    ].join("");
  });
  return svg([...grid(axes, x, y), ...lines]);
}

/** Bars and a curve above them, which says what they may reach. */
export function barFigure(
  axes: { readonly x: Axis; readonly y: Axis },
  bars: readonly { readonly from: number; readonly to: number; readonly value: number }[],
  curve: Series,
): string {
  const [x, y] = [scaleOf(axes.x, FRAME.left, WIDTH - FRAME.right), verticalScale(axes.y)];
  const floor = HEIGHT - FRAME.bottom;
  const drawn = bars.map(({ from, to, value }) => {
    const top = y(Math.max(value, axes.y.from));
    return `<rect x="${x(from)}" y="${top}" width="${round(x(to) - x(from) - 1)}" height="${round(floor - top)}" fill="#9cc3d5"/>`;
  });
  const path = curve.points.map((point) => `${x(point.x)},${y(point.y)}`).join(" ");
  return svg([
    ...grid(axes, x, y),
    ...drawn,
    `<polyline points="${path}" fill="none" stroke="${COLOURS[1]}" stroke-width="2"/>`,
    `<text x="${FRAME.left + 10}" y="${FRAME.top + LINE_HEIGHT}" fill="${COLOURS[1]}">${escaped(curve.name)}</text>`,
  ]);
}

type Scale = (value: number) => number;

function verticalScale(axis: Axis): Scale {
  return scaleOf(axis, HEIGHT - FRAME.bottom, FRAME.top);
}

function scaleOf({ from, to, logarithmic }: Axis, start: number, end: number): Scale {
  const place = (value: number): number => (logarithmic ? Math.log(value) : value);
  const share = (value: number): number => (place(value) - place(from)) / (place(to) - place(from));
  return (value) => round(start + Math.min(1, Math.max(0, share(value))) * (end - start));
}

function grid({ x: across, y: up }: { readonly x: Axis; readonly y: Axis }, x: Scale, y: Scale): string[] {
  const floor = HEIGHT - FRAME.bottom;
  const columns = across.ticks.map(
    (tick) =>
      `<line x1="${x(tick)}" y1="${FRAME.top}" x2="${x(tick)}" y2="${floor}" stroke="#e4e4e4"/>` +
      `<text x="${x(tick)}" y="${floor + 18}" text-anchor="middle">${tick.toLocaleString("en")}</text>`,
  );
  const rungs = up.ticks.map(
    (tick) =>
      `<line x1="${FRAME.left}" y1="${y(tick)}" x2="${WIDTH - FRAME.right}" y2="${y(tick)}" stroke="#e4e4e4"/>` +
      `<text x="${FRAME.left - 6}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
  );
  return [
    ...columns,
    ...rungs,
    `<text x="${(FRAME.left + WIDTH - FRAME.right) / 2}" y="${HEIGHT - 16}" text-anchor="middle">${escaped(across.label)}</text>`,
    `<text x="18" y="${(FRAME.top + floor) / 2}" text-anchor="middle" transform="rotate(-90 18 ${(FRAME.top + floor) / 2})">${escaped(up.label)}</text>`,
  ];
}

function svg(parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
