// A thread that adds the mark to pieces of a model while they are copied. It knows the carrier.

import { serveUpdates } from "@indicia/onnx/serve-updates";
import { nodeKeystream } from "../../keystream-node.js";
import { type MarkUpdate, markUpdate } from "./embed-update.js";

serveUpdates((data) => markUpdate(data as MarkUpdate, nodeKeystream));
