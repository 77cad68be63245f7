/**
 * Bodies that TensorFlow Serving was recorded with. Requests, predictions and the error: tensorflow/serving,
 * `tensorflow_serving/g3doc/api_rest.md` at commit 00e459f1604c40c073cbb9cb92d72cb6a88be9cd
 * (https://github.com/tensorflow/serving/blob/00e459f1604c40c073cbb9cb92d72cb6a88be9cd/tensorflow_serving/g3doc/api_rest.md).
 */
export const TF_DOCUMENTED = {
  /** `half_plus_three`: a lone number per row. */
  lone: { request: '{"instances": [1.0,2.0,5.0]}', answer: '{\n    "predictions": [3.5, 4.0, 5.5]\n}' },
  /** Three inputs of two rows, by row and by column. */
  rows: {
    instances: [
      {
        tag: "foo",
        signal: [1, 2, 3, 4, 5],
        sensor: [
          [1, 2],
          [3, 4],
        ],
      },
      {
        tag: "bar",
        signal: [3, 4, 1, 2, 5],
        sensor: [
          [4, 5],
          [6, 8],
        ],
      },
    ],
  },
  columns: {
    inputs: {
      tag: ["foo", "bar"],
      signal: [
        [1, 2, 3, 4, 5],
        [3, 4, 1, 2, 5],
      ],
      sensor: [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [4, 5],
          [6, 8],
        ],
      ],
    },
  },
  /** HTTP status 404. */
  unknown: '{ "error": "Servable not found for request: Latest(half)" }',
} as const;

/**
 * `GET /v1/models/.../metadata` of the testdata model `saved_model_counter`, as https://ithelp.ithome.com.tw/articles/10243466
 * shows it (TensorFlow Serving 2.x, 2020), two of its four signatures; sizes as texts and open ones as "-1" as
 * `tensorflow/core/framework/tensor_shape.proto` becomes JSON.
 */
export const TF_METADATA_RECORDED = `{
"model_spec":{
"name": "saved_model_counter",
"signature_name": "",
"version": "123"
}
,
"metadata": {"signature_def": {
"signature_def": {
"incr_counter_by": {
"inputs": {
"delta": {
"dtype": "DT_FLOAT",
"tensor_shape": {
"dim": [],
"unknown_rank": true
},
"name": "delta:0"
}
},
"outputs": {
"output": {
"dtype": "DT_FLOAT_REF",
"tensor_shape": {
"dim": [],
"unknown_rank": false
},
"name": "incr_counter_by_op/AssignAdd:0"
}
},
"method_name": "tensorflow/serving/predict"
},
"reset_counter": {
"inputs": {},
"outputs": {
"output": {
"dtype": "DT_FLOAT_REF",
"tensor_shape": {
"dim": [],
"unknown_rank": false
},
"name": "reset_counter_op/Assign:0"
}
},
"method_name": "tensorflow/serving/predict"
}
}
}
}
}`;
