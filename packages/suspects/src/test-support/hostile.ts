import type { Answer } from "@indicia/core/suspect";

/** Numbers that are none, wrong shapes, contradictions, and members named like prototypes. */
export const HOSTILE: readonly string[] = [
  "NaN",
  "[NaN, NaN]",
  '{"predictions": [[NaN, Infinity, 1, 2]]}',
  '{"predictions": [{"__proto__": 1, "constructor": 2}]}',
  '{"predictions": [{"a": 1}, {"a": 1, "b": "2"}]}',
  '{"outputs": {"scores": [[1, 2]], "other": [1, 2, 3]}}',
  '{"predictions": {"length": 3}}',
  '[[{"label": "a", "score": 0.1}, {"label": "a", "score": 0.9}]]',
  '[{"label": {}, "score": []}]',
  '{"choices": [{"message": {"content": "A"}, "logprobs": {"content": [{"token": "A", "top_logprobs": [{"token": "A", "logprob": 7}]}]}}]}',
  '{"choices": [{"message": {"content": "A"}, "logprobs": {"content": [{"token": "A", "top_logprobs": [{"token": "A", "logprob": -0.01}, {"token": " A", "logprob": -0.01}]}]}}]}',
  '{"choices": [{"message": {"content": null, "refusal": "no"}}]}',
  '{"choices": {"0": {}}}',
  "1,2,3\n4,5",
  "nan,inf\n-inf,1e999",
  "[".repeat(5000),
];

/** Whether an answer is one that whoever observes can take: a reason, a class, or finite numbers with some kept back. */
export function isSound(answer: Answer): boolean {
  if (answer.kind === "lost") return answer.reason !== "";
  if (answer.kind === "label") return typeof answer.label === "string" || Number.isSafeInteger(answer.label);
  const shown = answer.values.filter((value) => !Number.isNaN(value));
  return shown.length > 0 && shown.every(Number.isFinite);
}
