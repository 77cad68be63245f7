import { scaleLinear, scaleTime } from "d3-scale";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { SuspectHistory } from "../../../src/shapes/suspects.js";
import { counted, formatTime } from "../words/format.js";
import { Axes } from "./axes.js";
import { FRAME } from "./curve-layout.js";

const SIZE = { ...FRAME, height: 220 };
const DAY_MS = 86_400_000;

/** What investigations of one suspect found over time; the table beside it says the same. */
export function HistoryChart({ items }: { readonly items: SuspectHistory["items"] }): JSX.Element | null {
  const title = useId();
  const points = items.filter((item): item is typeof item & { log10P: number } => item.log10P !== null);
  if (points.length < 2) return null;
  const times = points.map(({ finished }) => new Date(finished).getTime());
  const first = Math.min(...times);
  const last = Math.max(...times);
  const x = scaleTime(
    [first, last === first ? first + DAY_MS : last],
    [SIZE.left + 8, SIZE.width - SIZE.right - 8],
  );
  const y = scaleLinear(
    [0, Math.min(-6, ...points.map(({ log10P }) => log10P))],
    [SIZE.height - SIZE.bottom, SIZE.top],
  ).nice(4);
  const format =
    last - first > 2 * DAY_MS
      ? ({ day: "numeric", month: "short" } as const)
      : ({ hour: "2-digit", minute: "2-digit" } as const);
  const ticks = x.ticks(4).map((date) => ({ at: x(date), label: date.toLocaleString("en-GB", format) }));
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} role="img" aria-labelledby={title}>
        <title id={title}>
          {`Evidence of ${counted(points.length, "investigation")} from ${formatTime(new Date(first).toISOString())} to ` +
            formatTime(new Date(last).toISOString())}
        </title>
        <Axes
          frame={SIZE}
          x={ticks}
          y={y.ticks(4).map((value) => ({ at: y(value), label: String(value) }))}
          across="Finished"
          up="log₁₀ p"
        />
        {points.map(({ investigation, finished, log10P, verdict }) => (
          <circle
            key={investigation}
            class={verdict === "match" ? "dot bad" : "dot quiet"}
            cx={x(new Date(finished))}
            cy={y(log10P)}
            r={5}
          />
        ))}
      </svg>
      <figcaption>Higher is stronger. Red points are matches, grey ones inconclusive.</figcaption>
    </figure>
  );
}
