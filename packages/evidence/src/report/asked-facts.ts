import type { DossierParts } from "../dossier-parts.js";
import { PROBE_WORDS } from "./words.js";

/** Rows on what an endpoint was asked, and how its probes, rows and lines of transcript add up; none for a file. */
export function askedFacts({
  observation: { file },
  conclusion,
}: DossierParts): [name: string, value: string][] {
  const { probes, transcript } = file;
  if (probes === null) return [];
  const { queries, lostQueries } = conclusion.file;
  const besides = queries - probes.asked;
  const end =
    probes.planned === undefined
      ? ""
      : `; up to ${probes.planned} were to be asked, which was settled before any was compared`;
  return [
    [
      "Probes",
      `${probes.asked}, ${probes.lost} without an answer: ${PROBE_WORDS[probes.rule]}, chosen without the key${end}`,
    ],
    [
      "Rows asked",
      besides === 0
        ? `${queries}, the probes alone; ${lostQueries} without an answer`
        : `${queries}, ${lostQueries} without an answer: the probes, and ${besides} besides to learn how the suspect answers, which are not compared`,
    ],
    ...(transcript === null
      ? [["Transcript", "none"] satisfies [string, string]]
      : ([
          [
            "Transcript",
            `${transcript.entries} lines under the Merkle root below. Each exchange has two, a question and what came of it; there are ` +
              "exchanges without a row (what the endpoint says of itself) and with several; the other lines are the beginning and notes",
          ],
          ["", transcript.root],
        ] satisfies [string, string][])),
  ];
}
