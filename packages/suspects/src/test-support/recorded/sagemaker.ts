/**
 * Bodies as the Amazon SageMaker AI Developer Guide shows them: "Linear learner response formats"
 * (https://docs.aws.amazon.com/sagemaker/latest/dg/LL-in-formats.html) and "Common data formats for inference"
 * (https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html), both as of 2026.
 */
export const SAGEMAKER_RECORDED = {
  binary: '{ "predictions": [ { "score": 0.4, "predicted_label": 0 } ] }',
  multiclass: '{ "predictions": [ { "score": [0.1, 0.2, 0.4, 0.3], "predicted_label": 2 } ] }',
  lines: '{"score": [0.1, 0.2, 0.4, 0.3], "predicted_label": 2}',
  /** A record of four features, of content type text/csv. */
  csv: "1.5,16.0,14,23.0",
} as const;
