"""MLServer: python serve_mlserver.py HTTP_PORT GRPC_PORT METRICS_PORT NAME=PATH..."""

import asyncio
import sys

from mlserver import MLModel, MLServer, ModelSettings, Settings
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse, MetadataTensor

from onnx_model import OnnxModel, named


def declared(value):
    shape = [dim if isinstance(dim, int) else -1 for dim in value.shape]
    return MetadataTensor(name=value.name, datatype="FP32", shape=shape)


class Runtime(MLModel):
    async def load(self):
        self.model = OnnxModel(self.settings.parameters.uri)
        self.inputs = [declared(self.model.input)]
        self.outputs = [declared(self.model.output)]
        return True

    async def predict(self, payload):
        scores = self.model(NumpyCodec.decode_input(payload.inputs[0]))
        outputs = [NumpyCodec.encode_output(self.model.output.name, scores)]
        return InferenceResponse(model_name=self.name, outputs=outputs)


async def main(http, grpc, metrics, *models):
    settings = Settings(
        host="127.0.0.1", http_port=http, grpc_port=grpc, metrics_port=metrics, parallel_workers=0
    )
    each = [
        ModelSettings(name=name, implementation="serve_mlserver.Runtime", parameters={"uri": path})
        for name, path in named(models)
    ]
    await MLServer(settings).start(each)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
