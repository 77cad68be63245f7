"""Gradio: python serve_gradio.py PORT NAME=PATH..., each an app's function /NAME with a JSON input and a label"""

import os
import sys

# Nothing is to leave this machine.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio

from onnx_model import OnnxModel, named


def classifier(path):
    model = OnnxModel(path)

    def classify(row):
        scores = model([row])[0]
        return {str(c): float(score) for c, score in enumerate(scores)}

    return classify


if __name__ == "__main__":
    with gradio.Blocks() as app:
        for name, path in named(sys.argv[2:]):
            row, label, button = gradio.JSON(), gradio.Label(), gradio.Button()
            button.click(classifier(path), [row], [label], api_name=name)
    app.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), quiet=True)
