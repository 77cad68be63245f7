import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { Look } from "../../../src/shapes/investigations.js";
import { Table } from "../ui/table.js";
import { formatLevel, formatNumber, oddsOf } from "../words/format.js";
import { FRAME, layoutCurve } from "./curve-layout.js";
import { Axes } from "./axes.js";

/** How the evidence grew with the questions, against the level that it has to pass. */
export function EvidenceCurve({
  looks,
  level,
}: {
  readonly looks: readonly Look[];
  readonly level: number;
}): JSX.Element {
  const title = useId();
  const known = looks.filter(({ log10P }) => log10P !== null);
  const newest = known.at(-1);
  if (newest === undefined || newest.log10P === null)
    return (
      <p class="empty">
        {looks.length === 0
          ? "Nothing was evaluated yet. The first point appears after the first 64 answers or so."
          : "The key is kept out of the service, so nothing can be evaluated here. The owner's evidence brings the figures."}
      </p>
    );
  const layout = layoutCurve(looks, level);
  const reached = newest.log10P <= Math.log10(level);
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${FRAME.width} ${FRAME.height}`} role="img" aria-labelledby={title}>
        <title id={title}>
          {`Evidence after ${formatNumber(newest.probes)} answers: log10 p ${newest.log10P.toFixed(1)}, which ` +
            `${reached ? "reaches" : "does not reach"} the level ${formatLevel(level)}`}
        </title>
        <Axes frame={FRAME} x={layout.x} y={layout.y} across="Answers (doubling)" up="log₁₀ p" />
        <line
          class="level"
          x1={FRAME.left}
          x2={FRAME.width - FRAME.right}
          y1={layout.level}
          y2={layout.level}
        />
        <text class="on-level" x={FRAME.width - FRAME.right} y={layout.level - 6} text-anchor="end">
          level to reach: {formatLevel(level)}
        </text>
        <path class="curve" d={layout.path} />
        {layout.points.map(({ x, y, look }) => (
          <circle class="dot" key={look.probes} cx={x} cy={y} r={4.5} />
        ))}
      </svg>
      <figcaption>
        Higher is stronger: each point says how improbable the answers would be if the suspect had nothing to
        do with the registered key. Every correction is already paid for.
      </figcaption>
      <details>
        <summary>The same as a table</summary>
        <Table
          caption="Evidence after each look"
          hideCaption
          rows={looks}
          rowKey={({ probes }) => probes}
          empty="No looks yet."
          columns={[
            { title: "Answers", cell: ({ probes }) => formatNumber(probes) },
            { title: "Statistic T", numeric: true, cell: ({ T }) => T?.toFixed(2) ?? "kept out" },
            { title: "log10 p", numeric: true, cell: ({ log10P }) => log10P?.toFixed(1) ?? "kept out" },
            {
              title: "Chance",
              numeric: true,
              cell: ({ log10P }) => (log10P === null ? "kept out" : oddsOf(log10P)),
            },
            { title: "Without answer", numeric: true, cell: ({ lost }) => formatNumber(lost) },
          ]}
        />
      </details>
    </figure>
  );
}
