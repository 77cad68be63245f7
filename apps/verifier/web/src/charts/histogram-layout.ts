import { scaleLinear } from "d3-scale";
import type { Findings } from "../../../src/shapes/investigations.js";
import type { Frame, Tick } from "./curve-layout.js";

export interface HistogramLayout {
  readonly bars: readonly {
    readonly x: number;
    readonly width: number;
    readonly y: number;
    readonly height: number;
  }[];
  /** Where the real key stands. */
  readonly mark: number;
  readonly x: readonly Tick[];
  readonly y: readonly Tick[];
}

/** The decoys' statistics as bars, and the real key's on the same axis, however far out it is. */
export function layoutHistogram(decoys: Findings["decoys"], T: number, frame: Frame): HistogramLayout {
  const { from, width, counts } = decoys;
  const to = from + width * counts.length;
  const x = scaleLinear([Math.min(from, T), Math.max(to, T)], [frame.left, frame.width - frame.right]).nice(
    6,
  );
  const most = Math.max(1, ...counts);
  const y = scaleLinear([0, most], [frame.height - frame.bottom, frame.top]);
  const base = y(0);
  return {
    bars: counts.map((count, index) => ({
      x: x(from + index * width),
      width: Math.max(0.5, x(from + (index + 1) * width) - x(from + index * width) - 0.5),
      y: y(count),
      height: base - y(count),
    })),
    mark: x(T),
    x: x.ticks(6).map((value) => ({ at: x(value), label: String(value) })),
    y: y.ticks(4).map((value) => ({ at: y(value), label: String(value) })),
  };
}
