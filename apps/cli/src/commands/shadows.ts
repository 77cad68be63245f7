import { ARCHITECTURES, architectureNamed } from "@indicia/autodiff/architectures/initial-model";
import type { CommandSpec } from "../command.js";
import { isSet, number, optionalText, text } from "../flags.js";
import type { ShadowsOptions } from "@indicia/operations/options";

/** As many as a registration takes. */
const COUNT = { least: 2, most: 32, whole: true } as const;
const EPOCHS = { least: 1, most: 10_000, whole: true } as const;
const SEED = { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true } as const;

export const shadows: CommandSpec<ShadowsOptions> = {
  name: "shadows",
  summary: "train students of the unmarked model on the owner's inputs, to be registered with it",
  example: "indicia shadows model.onnx --inputs inputs.npz --out shadows",
  declare: (command) =>
    command
      .argument("<model>", "the unmarked .onnx file")
      .requiredOption("--inputs <data>", ".npy, .npz, .pb folder, .csv or random:N")
      .requiredOption("--out <folder>", "folder to make")
      .option("--count <n>", "students to train", "4")
      .option("--epochs <n>", "times that each sees every row (default: by the number of rows)")
      .option(
        "--architectures <names>",
        `shapes to take in turn, of ${ARCHITECTURES.join(", ")} (default: those that fit the input)`,
      )
      .option("--seed <n>", "where all that is drawn begins", "1")
      .option("--resume", "go on in a folder that was interrupted"),
  read([model = ""], flags) {
    const names = optionalText(flags, "architectures");
    return {
      model,
      inputs: text(flags, "inputs"),
      out: text(flags, "out"),
      count: number(flags, "count", COUNT),
      epochs: flags["epochs"] === undefined ? null : number(flags, "epochs", EPOCHS),
      architectures: names === null ? null : names.split(",").map((name) => architectureNamed(name.trim())),
      seed: number(flags, "seed", SEED),
      resume: isSet(flags, "resume"),
    };
  },
};
