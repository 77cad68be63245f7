import type { ControlOutcome } from "../conclusion-format.js";
import { NOTHING_TO_TEST, nothingToTest } from "../silent-decoys.js";
import type { StatisticsFile } from "../statistics.js";
import type { Block } from "./blocks.js";
import { innocentBlocks } from "./control-facts.js";
import { decoyFigure, evidenceFigure, statisticsFigure } from "./figures.js";
import type { ReportParts } from "./report.js";
import { probability } from "./words.js";

/** Statistics that the table of a report lists at most; statistics.json has all. */
const MOST_ROWS = 24;

/** What the key said of the sealed residuals. */
export function foundBlocks({ statistics, conclusion }: ReportParts): Block[] {
  const { statistics: all } = statistics;
  const payload = conclusion.file.witnesses.find((witness) => witness.payload?.text != null)?.payload;
  const bars = statisticsFigure(statistics);
  return [
    { kind: "heading", text: "4. What was found" },
    {
      kind: "paragraph",
      text:
        "The statistic T compares the signs of the pattern V with the residual R: it is near 0, with a spread of 1, " +
        "where they have nothing to do with one another, and grows where the pattern is in the residual.",
    },
    {
      kind: "table",
      head: ["Mark", "Statistic", "Probes", "T", "p before", "p after corrections"],
      shares: [0.12, 0.34, 0.1, 0.12, 0.14, 0.18],
      rows: all
        .slice(0, MOST_ROWS)
        .map(({ mark, statistic, probes, T, lnIdeal, lnP }) => [
          mark,
          statistic,
          probes === 0 ? "-" : String(probes),
          T.toFixed(3),
          probability(lnIdeal / Math.LN10),
          probability(lnP / Math.LN10),
        ]),
    },
    ...(bars === null
      ? []
      : [
          {
            kind: "figure",
            drawing: bars,
            caption:
              "T of each statistic that was tried, strongest first. They share one pattern and are never added up.",
          } as const,
        ]),
    ...(payload?.text == null
      ? []
      : [
          {
            kind: "paragraph",
            text: `The weights carry the text "${payload.text}", with ${payload.bitErrors} of ${payload.bits} bits wrong.`,
          } as const,
        ]),
  ];
}

/** How often such a result comes about by chance. */
export function chanceBlocks({ statistics, conclusion: { file } }: ReportParts): Block[] {
  const [best] = statistics.statistics;
  const decoys = decoyFigure(statistics);
  const evidence = evidenceFigure(statistics);
  return [
    { kind: "heading", text: "5. How often this happens by chance" },
    { kind: "paragraph", text: `${statistics.bound.words} (${statistics.bound.source}.)` },
    { kind: "code", text: statistics.bound.symbols },
    ...(best === undefined
      ? []
      : ([
          {
            kind: "paragraph",
            text:
              `The verdict rests on the strongest statistic, "${best.statistic}", with T = ${best.T.toFixed(4)}: ` +
              `ln p = ${best.lnIdeal.toFixed(3)} before and ${best.lnP.toFixed(3)} after these corrections. What is claimed is ` +
              `p <= ${probability(file.log10P)}${file.log10P > file.log10PIdeal ? ", since a key of 256 bits cannot certify less than 2^-256" : ""}.`,
          },
          {
            kind: "table",
            head: ["Correction", "Factor", "ln", "Why it is due"],
            shares: [0.24, 0.12, 0.12, 0.52],
            rows: best.corrections.map(({ name, factor, lnFactor, reason }) => [
              name,
              factor === null ? "-" : String(factor),
              lnFactor.toFixed(3),
              reason,
            ]),
          },
        ] as const)),
    ...(decoys === null
      ? silentBlocks(statistics)
      : [
          {
            kind: "figure",
            drawing: decoys,
            caption:
              `T of ${file.controls.decoyKeys} decoy keys, which nobody holds, on the same residual (bars), the normal ` +
              "curve that theory expects (grey), and T of the key. The dashed line is where the level is reached after all corrections.",
          } as const,
        ]),
    ...(evidence === null
      ? []
      : [
          {
            kind: "figure",
            drawing: evidence,
            caption: "Evidence after each look, all corrections paid. Higher is rarer by chance.",
          } as const,
        ]),
  ];
}

/** Said in the place of a figure where every key gives the same. */
function silentBlocks({ decoys }: StatisticsFile): Block[] {
  if (decoys === null) return [];
  const text = `Every key gives T = 0, since the residual is zero; ${NOTHING_TO_TEST}.`;
  return [{ kind: "paragraph", text }];
}

/** Everything that should have stayed silent, and whether it did. */
export function controlBlocks(parts: ReportParts): Block[] {
  const { controls } = parts.conclusion.file;
  return [
    { kind: "heading", text: "6. Controls" },
    {
      kind: "paragraph",
      text: "Each control was put through the same measurement, corrections and level. Any that matches voids the verdict.",
    },
    {
      kind: "table",
      head: ["Control", "Outcome", "What it tests"],
      shares: [0.24, 0.2, 0.56],
      rows: [
        [
          "unmarked reference",
          outcome(controls.reference),
          "The pattern is in the marked copies and not in the model itself.",
        ],
        [
          "shadow models",
          outcome(controls.shadows),
          "Students of the unmarked reference, each in the suspect's place, do not match.",
        ],
        [
          "innocent models",
          outcome(controls.innocents),
          "Models that were made without the key do not match under it; below, what they are.",
        ],
        [
          "false claim",
          outcome(controls.falseClaim),
          "A key that has nothing to do with the suspect does not match it.",
        ],
        [
          `${controls.decoyKeys} decoy keys`,
          nothingToTest(controls)
            ? NOTHING_TO_TEST
            : `mean ${controls.decoyMeanT.toFixed(3)}, spread ${controls.decoySdT.toFixed(3)}, largest ${controls.decoyMaxT.toFixed(2)}`,
          "The arithmetic: theory says mean 0 and spread 1. They do not test independence.",
        ],
      ],
    },
    ...innocentBlocks(parts),
  ];
}

function outcome(found: ControlOutcome): string {
  return found === "match" ? "match: voids the verdict" : found;
}
