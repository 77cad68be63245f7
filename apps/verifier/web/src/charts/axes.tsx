import type { JSX } from "preact";
import type { Frame, Tick } from "./curve-layout.js";

/** Lines and figures at the left and below. */
export function Axes({
  frame,
  x,
  y,
  across,
  up,
}: {
  readonly frame: Frame;
  readonly x: readonly Tick[];
  readonly y: readonly Tick[];
  readonly across: string;
  readonly up: string;
}): JSX.Element {
  const base = frame.height - frame.bottom;
  return (
    <g aria-hidden="true">
      {y.map(({ at, label }) => (
        <g key={label}>
          <line class="grid" x1={frame.left} x2={frame.width - frame.right} y1={at} y2={at} />
          <text x={frame.left - 8} y={at + 4} text-anchor="end">
            {label}
          </text>
        </g>
      ))}
      {x.map(({ at, label }) => (
        <g key={label}>
          <line class="axis" x1={at} x2={at} y1={base} y2={base + 4} />
          <text x={at} y={base + 18} text-anchor="middle">
            {label}
          </text>
        </g>
      ))}
      <line class="axis" x1={frame.left} x2={frame.width - frame.right} y1={base} y2={base} />
      <text x={frame.width - frame.right} y={frame.height - 6} text-anchor="end">
        {across}
      </text>
      <text x={0} y={12}>
        {up}
      </text>
    </g>
  );
}
