"""Converters that are not ours, applied to one model: python converters.py NAME MODEL OUT INPUTS.json"""

import json
import sys

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)


class Rows(CalibrationDataReader):
    """Random rows of an input that a .json describes: its name, type, upper limit and dims."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            said = json.load(file)
        random = np.random.default_rng(1)
        self.name = said["name"]
        self.rows = random.integers(0, said["below"], said["dims"]).astype(said["type"])
        self.at = 0

    def get_next(self):
        if self.at >= len(self.rows):
            return None
        self.at += 1
        return {self.name: self.rows[self.at - 1 : self.at]}


def static(source, out, calibration, form, per_channel):
    quantize_static(
        source,
        out,
        Rows(calibration),
        quant_format=form,
        per_channel=per_channel,
        weight_type=QuantType.QInt8,
        activation_type=QuantType.QUInt8,
    )


def matmul_n_bits(source, out, bits):
    from onnxruntime.quantization.matmul_nbits_quantizer import (
        DefaultWeightOnlyQuantConfig,
        MatMulNBitsQuantizer,
    )

    config = DefaultWeightOnlyQuantConfig(block_size=32, is_symmetric=bits == 8, bits=bits)
    quantizer = MatMulNBitsQuantizer(onnx.load(source), algo_config=config)
    quantizer.process()
    quantizer.model.save_model_to_file(out)


def optimised(source, out, level):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    options.optimized_model_filepath = out
    onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def transformers(source, out):
    from onnxruntime.transformers.optimizer import optimize_model

    optimize_model(source, model_type="bert", num_heads=4, hidden_size=64, opt_level=0).save_model_to_file(out)


def float16(source, out):
    from onnxconverter_common import float16 as converter

    onnx.save(converter.convert_float_to_float16(onnx.load(source), keep_io_types=True), out)


def simplified(source, out):
    import onnxsim

    model, correct = onnxsim.simplify(onnx.load(source))
    assert correct
    onnx.save(model, out)


def converted(source, out, version):
    from onnx import version_converter

    onnx.save(version_converter.convert_version(onnx.load(source), version), out)


def external(source, out):
    onnx.save_model(
        onnx.load(source),
        out,
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location="weights.bin",
        size_threshold=256,
    )


name, source, out, calibration = sys.argv[1:5]
if name == "dynamic":
    quantize_dynamic(source, out, per_channel=False, weight_type=QuantType.QUInt8)
elif name == "dynamic per channel":
    quantize_dynamic(source, out, per_channel=True, weight_type=QuantType.QInt8)
elif name == "static QDQ":
    static(source, out, calibration, QuantFormat.QDQ, True)
elif name == "static QOperator":
    static(source, out, calibration, QuantFormat.QOperator, False)
elif name.startswith("MatMulNBits"):
    matmul_n_bits(source, out, int(name.split()[1]))
elif name.startswith("optimised"):
    optimised(source, out, name.split()[1])
elif name == "transformer optimiser":
    transformers(source, out)
elif name == "float16":
    float16(source, out)
elif name == "simplified":
    simplified(source, out)
elif name.startswith("opset"):
    converted(source, out, int(name.split()[1]))
elif name == "external data":
    external(source, out)
else:
    raise SystemExit(f"no converter {name}")
