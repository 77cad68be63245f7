"""A model file behind onnxruntime, for servers that are not ours."""

import numpy as np
import onnxruntime


def named(arguments):
    """NAME=PATH arguments as pairs."""
    return [argument.split("=", 1) for argument in arguments]


class OnnxModel:
    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        # The machine has few cores, and the tests' own work needs them.
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0]
        self.output = self.session.get_outputs()[0]

    def __call__(self, rows):
        """Rows as nested lists or an array to an array of scores."""
        feed = {self.input.name: np.asarray(rows, dtype=np.float32)}
        return self.session.run([self.output.name], feed)[0]
