"""LitServe: python serve_litserve.py PORT NAME=PATH..., each at /NAME: {"rows": [...]} to {"scores": [...]}"""

import sys

import litserve

from onnx_model import OnnxModel, named


class Classifier(litserve.LitAPI):
    def __init__(self, path, **settings):
        super().__init__(**settings)
        self.path = path

    def setup(self, device):
        self.model = OnnxModel(self.path)

    def decode_request(self, request):
        return request["rows"]

    def predict(self, rows):
        return self.model(rows)

    def encode_response(self, scores):
        return {"scores": scores.tolist()}


if __name__ == "__main__":
    served = [Classifier(path, api_path=f"/{name}") for name, path in named(sys.argv[2:])]
    server = litserve.LitServer(served, accelerator="cpu")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False)
