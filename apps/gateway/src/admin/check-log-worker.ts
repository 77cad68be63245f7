import { serveTasks } from "@indicia/onnx/worker-pool";
import { checkLog } from "./check-log.js";

serveTasks((folder: string) => checkLog(folder));
