import type { CommandSpec } from "../command.js";
import { handedOn, text } from "../flags.js";
import type { ProgramCall } from "@indicia/operations/options";

export const gateway: CommandSpec<ProgramCall> = {
  name: "gateway",
  summary: "serve models as a configuration says, until it is told to end",
  example: "indicia gateway --config gateway.yaml",
  declare: (command) =>
    // What follows a command of the gateway's own is that command's.
    command
      .enablePositionalOptions()
      .option("--config <file>", "YAML: models, access, terms, limits, marks, operations"),
  read: (_, flags) => ({ args: ["--config", text(flags, "config")] }),
};

export const gatewayCalibrate: CommandSpec<ProgramCall> = {
  name: "gateway calibrate",
  summary: "teach a gateway's monitor, on benign rows, what honest accounts look like",
  example: "indicia gateway calibrate --model model.onnx --data benign.npz --out monitor.json",
  declare: (command) =>
    command
      .requiredOption("--model <file>", "the .onnx file that is served")
      .requiredOption(
        "--data <data>",
        "benign rows in random order: .npy, .npz, .csv, .pb, or a folder of .pb",
      )
      .requiredOption("--out <file>", "calibration to be written")
      .option(
        "--sources <file>",
        "text with a line for each row that names its source, such as a client, so that new sources are left alone",
      )
      .option("--space <space>", "what is watched: features, or inputs (default: features)")
      .option("--horizon <queries>", "queries in a period (default: 5000)")
      .option(
        "--level <p>",
        "chance of a false alarm in a period, by itself and by its pool each (default: 0.001)",
      )
      .option(
        "--busiest <rows>",
        "rows an hour of the busiest honest account; without it how much is asked counts for nothing",
      ),
  read: (_, flags) => ({
    args: [
      "calibrate",
      ...handedOn(flags, ["model", "data", "out", "sources", "space", "horizon", "level", "busiest"]),
    ],
  }),
};

export const gatewayCheck: CommandSpec<ProgramCall> = {
  name: "gateway check",
  summary: "open everything that a gateway's configuration names, without serving it",
  example: "indicia gateway check --config gateway.yaml",
  declare: (command) =>
    command
      .requiredOption("--config <file>", "YAML, as for `gateway`")
      .option(
        "--data <data>",
        "rows to measure on what customers' marks change (default: the registered calibration rows)",
      ),
  read: (_, flags) => ({ args: ["check", ...handedOn(flags, ["config", "data"])] }),
};
