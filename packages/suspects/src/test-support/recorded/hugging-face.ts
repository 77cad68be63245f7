/**
 * Bodies that Hugging Face's inference was recorded with:
 * - `iris`, `labels` and `numbered`: the tests of its own servers, huggingface/api-inference-community,
 *   `docker_images/sklearn/tests/generators/samples/` (`iris-1.0-input.json` at commit
 *   ce71b2493d23ed4c5ed55d12ca7bfac779667317, `iris-logistic_regression-1.0.0-output.json` at
 *   adb2e1025e0acf8b74c7024dad61167aeb7c7e5c, `textclassification-logistic_regression-1.0-output.json` at
 *   45441a021a3cb391c133156cfbac4b75390d7fb0, of whose twenty classes the first five are left)
 * - `sentiment`: MinuraPunchihewa/hugging-py-face, `tests/nlp/test_nlp.py` at commit
 *   0266bf5b1d3159980020964897fc82e2b6dcb822, which asks api-inference.huggingface.co
 * - `loading`: https://github.com/huggingface/transformers/issues/32665 (2024), of status 503
 */
export const HF_RECORDED = {
  iris: {
    "sepal length (cm)": [5.1, 4.9, 4.7, 4.6, 5.0, 5.4, 4.6, 5.0, 4.4, 4.9],
    "sepal width (cm)": [3.5, 3.0, 3.2, 3.1, 3.6, 3.9, 3.4, 3.4, 2.9, 3.1],
    "petal length (cm)": [1.4, 1.4, 1.3, 1.5, 1.4, 1.7, 1.4, 1.5, 1.4, 1.5],
    "petal width (cm)": [0.2, 0.2, 0.2, 0.2, 0.2, 0.4, 0.3, 0.2, 0.2, 0.1],
  },
  labels: [1, 0, 2, 1, 1, 0, 1, 2, 1, 1],
  numbered: [
    [
      { label: "0", score: 0.011336682178470362 },
      { label: "1", score: 0.2877934181568519 },
      { label: "2", score: 0.04995931455255469 },
      { label: "3", score: 0.048606811555846334 },
      { label: "4", score: 0.048146172402679224 },
    ],
  ],
  sentiment: {
    text: "I like you. I love you",
    answer: [
      [
        { label: "POSITIVE", score: 0.9998738765716553 },
        { label: "NEGATIVE", score: 0.00012611244164872915 },
      ],
    ],
  },
  loading: '{"error":"Model meta-llama/Llama-2-13b-chat is currently loading","estimated_time":20.0}',
} as const;
