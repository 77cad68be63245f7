/**
 * Bodies that TorchServe was recorded with, from pytorch/serve:
 * - `scores`: `examples/pt2/torch_compile_openvino/README.md` at commit 115f0991bf654c87264f13a4342de41ae4a3eecc
 * - `list`: the walk-through of the README of TorchServe 0.1 (2020), `curl http://127.0.0.1:8080/predictions/densenet161`
 * - `best`: `docs/inference_api.md` at commit 06c9a9766bafddb674325d99e348aaf4beceadb0
 * - `kserve`: the same page, `curl .../v1/models/mnist:predict`
 * - `named`: `kubernetes/kfserving/Huggingface_readme.md` at commit 0ff22ac8e83a5ece4bc6de8cff5b72088073b9b0, with its request
 */
export const TORCHSERVE_RECORDED = {
  scores: `{
  "tabby": 0.27249985933303833,
  "tiger_cat": 0.13740447163581848,
  "Egyptian_cat": 0.04627467691898346,
  "lynx": 0.0032067003194242716,
  "lens_cap": 0.002257897751405835
}`,
  list: `[
  {
    "tiger_cat": 0.46933549642562866
  },
  {
    "tabby": 0.4633878469467163
  },
  {
    "Egyptian_cat": 0.06456148624420166
  },
  {
    "lynx": 0.0012828214094042778
  },
  {
    "plastic_bag": 0.00023323034110944718
  }
]`,
  best: `{
    "class": "n02123045 tabby, tabby cat",
    "probability": 0.42514491081237793
}`,
  kserve: `{
  "predictions": [
    2
  ]
}`,
  named: {
    text: "The recent climate change across world is impacting negatively",
    request: {
      instances: [{ data: "The recent climate change across world is impacting negatively" }],
    },
    answer: `{
	"predictions" : [

		"Accepted"
	]
}`,
  },
} as const;
