"""KServe's Python server, protocol V1: python serve_kserve.py PORT NAME=PATH..., each at /v1/models/NAME:predict"""

import sys

import kserve

from onnx_model import OnnxModel, named


class Classifier(kserve.Model):
    def __init__(self, name, path):
        super().__init__(name)
        self.model = OnnxModel(path)
        self.ready = True

    def predict(self, payload, headers=None, response_headers=None):
        return {"predictions": self.model(payload["instances"]).tolist()}


if __name__ == "__main__":
    served = [Classifier(name, path) for name, path in named(sys.argv[2:])]
    kserve.ModelServer(http_port=int(sys.argv[1]), enable_grpc=False, workers=1).start(served)
