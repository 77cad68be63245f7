"""LitServe's OpenAI-compatible chat: python serve_chat.py PORT NAME=PATH..., each a model that is asked for a letter"""

import json
import re
import sys

import litserve

from onnx_model import OnnxModel, named


class Chat(litserve.LitAPI):
    def __init__(self, models, **settings):
        super().__init__(**settings)
        self.paths = models

    def setup(self, device):
        self.models = {name: OnnxModel(path) for name, path in self.paths}

    def decode_request(self, request):
        return request.model, request.messages[-1].content

    def predict(self, asked):
        name, prompt = asked
        row = json.loads(re.search(r"The input:\n\n(.*)\n\n", prompt)[1])
        yield chr(ord("A") + int(self.models[name]([row])[0].argmax()))

    def encode_response(self, letters):
        for letter in letters:
            yield {"role": "assistant", "content": letter}


if __name__ == "__main__":
    chat = Chat(named(sys.argv[2:]), spec=litserve.OpenAISpec())
    server = litserve.LitServer(chat, accelerator="cpu")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False)
