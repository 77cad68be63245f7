import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { Findings } from "../../../src/shapes/investigations.js";
import { formatNumber } from "../words/format.js";
import { Axes } from "./axes.js";
import { FRAME } from "./curve-layout.js";
import { layoutHistogram } from "./histogram-layout.js";

const SIZE = { ...FRAME, height: 240 };

/** What keys that have nothing to do with the model give on the same answers, beside what the real one gives. */
export function DecoyHistogram({
  decoys,
  T,
}: {
  readonly decoys: Findings["decoys"];
  readonly T: number;
}): JSX.Element {
  const title = useId();
  const layout = layoutHistogram(decoys, T, SIZE);
  const anchor = layout.mark > SIZE.width / 2 ? "end" : "start";
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} role="img" aria-labelledby={title}>
        <title id={title}>
          {`The real key gives T = ${T.toFixed(2)}; ${formatNumber(decoys.keys)} decoy keys give ` +
            `${decoys.mean.toFixed(2)} on average, spread ${decoys.sd.toFixed(2)}, at most ${decoys.max.toFixed(2)}`}
        </title>
        <Axes frame={SIZE} x={layout.x} y={layout.y} across="Statistic T" up="Keys" />
        {layout.bars.map(({ x, width, y, height }) => (
          <rect class="bar" key={x} x={x} width={width} y={y} height={height} />
        ))}
        <line class="mark" x1={layout.mark} x2={layout.mark} y1={SIZE.top} y2={SIZE.height - SIZE.bottom} />
        <text
          class="on-mark"
          x={layout.mark + (anchor === "end" ? -7 : 7)}
          y={SIZE.top + 10}
          text-anchor={anchor}
        >
          the real key: {T.toFixed(2)}
        </text>
      </svg>
      <figcaption>
        The grey bars are {formatNumber(decoys.keys)} decoy keys, drawn afterwards, on the very same answers:
        mean {decoys.mean.toFixed(3)}, spread {decoys.sd.toFixed(3)}, largest {decoys.max.toFixed(2)}. They
        test the arithmetic, not whether the suspect is independent.
      </figcaption>
    </figure>
  );
}
