import { answerLike } from "@indicia/proof/answer-like";
import type { AnswerTable } from "@indicia/proof/answer-residual";
import type { ObservedControl } from "./observation-format.js";
import { measureAnswers } from "./measure-answers.js";

/** Files by which shadow models enter an observation of answers. */
export const SHADOW_FILES = {
  /** Logits of every shadow, float64, row-major [s, n, m]. */
  logits: "shadows.f64",
  /** Labels of the learning probes, int32: the reference's, then the suspect's, -1 where lost. */
  choice: "choice.i32",
} as const;

/** Names of the controls that the shadows of a registration make. */
export function shadowControlNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `shadow-${i + 1}`);
}

/**
 * Every shadow in the place of the suspect, with the others as shadows: students that no key had a part in.
 *
 * @param topK classes that the suspect shows, or null for all
 */
export function measureShadows(
  table: AnswerTable,
  topK: number | null,
): { controls: ObservedControl[]; files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  const names = shadowControlNames(table.shadows.length);
  const controls = table.shadows.map((logits, index): ObservedControl => {
    const name = names[index] ?? "";
    const others = table.shadows.filter((_, other) => other !== index);
    const inPlace = { ...table, ...answerLike(table, logits, topK), shadows: others };
    const measured = measureAnswers(inPlace, table.probes, `control-${name}`);
    for (const [file, bytes] of measured.files) files.set(file, bytes);
    return { name, kind: "shadow", residuals: measured.residuals };
  });
  return { controls, files };
}
