import type { Row } from "../row.js";
import { readable } from "../table.js";

/** How cases of policies begin. */
export const POLICY_CASE = "policy, Fashion-MNIST: ";

/** What is measured of every policy. */
export const METRICS = {
  labels: "labels changed",
  variation: "mean total variation",
  accuracy: "thief's accuracy",
  lost: "thief's accuracy lower by",
  answers: "T of the mark in the answers",
  model: "T of the mark in the thief's model",
} as const;

const HEADER = [
  "policy",
  "labels changed, %",
  "total variation",
  "thief's accuracy, %",
  "lower by, points",
  "T in the answers",
  "T in the thief's model",
];

/** One line for every policy: what it costs honest users and thieves, and whether marks are found through it. */
export function policyTable(rows: readonly Row[]): string {
  const own = rows.filter((row) => row.case.startsWith(POLICY_CASE));
  const lines = [...new Set(own.map((row) => row.case))].map((name) => {
    const value = (metric: string): string => {
      const found = own.find((row) => row.case === name && row.metric === metric);
      return found === undefined ? "" : readable(found.value);
    };
    return [name.slice(POLICY_CASE.length), ...Object.values(METRICS).map(value)];
  });
  const table = [HEADER, HEADER.map(() => "---"), ...lines];
  return `${table.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}

/** Further pages of the report. */
export function pages(rows: readonly Row[]): ReadonlyMap<string, string> {
  return new Map([
    [
      "gateway-policies.md",
      [
        "# What ways of answering cost",
        "",
        "A Fashion-MNIST classifier's answers under a customer's mark. Honest users bear changed labels and total variation;",
        "thieves train a substitute of their own on 8,000 answers, and are right so much less often. T of the mark is held",
        "against answers and a substitute that were made alike without the mark. For unusual queries the cost is that of",
        "honest users, of whose queries few are unusual; in the lines of the knockoff it is otherwise the thief's.",
        "",
        policyTable(rows),
      ].join("\n"),
    ],
  ]);
}
