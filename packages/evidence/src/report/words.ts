import type { ProbeRule } from "@indicia/proof/answer-residual";
import type { Access } from "../observation-format.js";

/** A probability by its log10, in plain characters. */
export function probability(log10P: number): string {
  if (log10P >= 0) return "1";
  return log10P > -4 ? (10 ** log10P).toPrecision(2) : `10^${log10P.toFixed(1)}`;
}

/** The same as odds, for readers who do not read powers. */
export function odds(log10P: number): string {
  if (log10P > -0.31) return "more often than one time in two";
  const power = Math.floor(-log10P);
  if (power < 6) return `at most once in ${Math.floor(10 ** -log10P)} times`;
  return `at most once in 10^${power} times (1 followed by ${power} zeros)`;
}

/** A time as people read it: RFC 3339 in UTC, to the second. */
export function moment(time: string): string {
  return time.replace("T", " ").replace(/\.\d+Z$/, " UTC");
}

/** How a suspect lets itself be seen. */
export const ACCESS_WORDS: Readonly<Record<Access, string>> = {
  file: "its file was open",
  logits: "an endpoint that answers with logits",
  probabilities: "an endpoint that answers with probabilities",
  "top-k": "an endpoint that answers with its best classes",
  labels: "an endpoint that answers with labels alone",
};

/** How probes were chosen, always without the key. */
export const PROBE_WORDS: Readonly<Record<ProbeRule, string>> = {
  "most-uncertain": "inputs on which the reference is least sure",
  boundary: "inputs on the reference's own boundary between two labels",
  "most-spread": "inputs on which the reference spreads its probability over the most classes",
};
