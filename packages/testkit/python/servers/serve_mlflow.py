"""MLflow's scoring server, which takes SageMaker's invocations: python serve_mlflow.py PORT NAME=PATH, at /invocations"""

import os
import sys
import tempfile

import mlflow.pyfunc
import uvicorn
from mlflow.pyfunc import scoring_server

from onnx_model import OnnxModel, named


class Classifier(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.model = OnnxModel(context.artifacts["model"])

    def predict(self, context, model_input, params=None):
        return self.model(model_input)


if __name__ == "__main__":
    [(name, path)] = named(sys.argv[2:])
    with tempfile.TemporaryDirectory() as folder:
        saved = os.path.join(folder, name)
        model = Classifier()
        mlflow.pyfunc.save_model(saved, python_model=model, artifacts={"model": path}, pip_requirements=[])
        app = scoring_server.init(mlflow.pyfunc.load_model(saved))
        uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]))
