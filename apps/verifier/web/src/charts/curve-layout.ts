import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import type { Look } from "../../../src/shapes/investigations.js";

/** Size of a chart in its own units; it grows with the page. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export const FRAME: Frame = { width: 640, height: 280, left: 58, right: 16, top: 34, bottom: 44 };

export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface CurveLayout {
  readonly path: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly look: Look }[];
  readonly level: number;
  readonly x: readonly Tick[];
  readonly y: readonly Tick[];
}

/** Most figures beside an axis that a narrow screen has room for. */
const TICKS = 5;

/**
 * Evidence after each look: probes to the right (by doubling), improbability upwards, so that rising is stronger.
 *
 * @param level significance level that is drawn across
 */
export function layoutCurve(looks: readonly Look[], level: number, frame: Frame = FRAME): CurveLayout {
  const shown = looks.filter((look): look is Look & { log10P: number } => look.log10P !== null);
  const log10Level = Math.log10(level);
  const lowest = Math.min(1.25 * log10Level, ...shown.map(({ log10P }) => log10P));
  const first = Math.max(1, Math.min(64, ...shown.map(({ probes }) => probes)));
  const last = Math.max(2 * first, ...shown.map(({ probes }) => probes));
  const x = scaleLog([first, last], [frame.left, frame.width - frame.right]).base(2);
  const y = scaleLinear([0, lowest], [frame.height - frame.bottom, frame.top]).nice(TICKS);
  const points = shown.map((look) => ({ x: x(look.probes), y: y(look.log10P), look }));
  const path = line<(typeof points)[number]>(
    ({ x: across }) => across,
    ({ y: up }) => up,
  )(points);
  return {
    path: path ?? "",
    points,
    level: y(log10Level),
    x: doublings(first, last).map((probes) => ({ at: x(probes), label: String(probes) })),
    y: y.ticks(TICKS).map((value) => ({ at: y(value), label: String(value) })),
  };
}

/** First, last and what lies between them by doubling, as far as there is room. */
function doublings(first: number, last: number): number[] {
  const all = [first];
  for (let next = 2 * first; next <= last; next *= 2) all.push(next);
  const step = Math.ceil(all.length / TICKS);
  return all.filter((_, index) => index % step === 0);
}
