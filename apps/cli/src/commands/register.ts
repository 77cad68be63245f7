import type { CommandSpec } from "../command.js";
import { declareAnchor, readAnchor } from "../anchor-flags.js";
import { optionalText, text } from "../flags.js";
import type { RegisterOptions } from "../jobs/options.js";
import { KEY_OPTION, keySource, PASSPHRASE_ENV_HELP, PASSPHRASE_ENV_OPTION, payload } from "../values.js";

/** What stands in where nobody has real inputs at hand. */
const DEFAULT_CALIBRATION = "random:256";

export const register: CommandSpec<RegisterOptions> = {
  name: "register",
  summary: "fix what must be fixed before a mark is made: key commitment, reference, basis, data",
  example: "indicia register model.onnx --key owner.key --calibration inputs.npz --out registration",
  declare: (command) =>
    declareAnchor(command, { dated: "registration", beacon: "salt the carrier" })
      .argument("<model>", "the unmarked .onnx file")
      .requiredOption(KEY_OPTION, "owner key")
      .option(PASSPHRASE_ENV_OPTION, PASSPHRASE_ENV_HELP)
      .requiredOption("--out <folder>", "registration to make")
      .option(
        "--calibration <data>",
        `.npy, .npz, .pb folder, .csv or random:N (default: ${DEFAULT_CALIBRATION})`,
      )
      .option("--pool <data>", "inputs that probes are drawn from (default: the calibration data)")
      .option("--shadows <folder>", "students of the model, as `indicia shadows` makes them")
      .option("--payload <text>", "text of at most 32 bytes to commit to")
      .option("--owner <name>", "who claims the model")
      .option("--allow-private", "allow authorities in your own network"),
  read([model = ""], flags) {
    const calibration = optionalText(flags, "calibration");
    return {
      model,
      key: keySource(flags),
      out: text(flags, "out"),
      calibration: calibration ?? DEFAULT_CALIBRATION,
      calibrationIsDefault: calibration === null,
      pool: optionalText(flags, "pool"),
      shadows: optionalText(flags, "shadows"),
      payload: payload(flags),
      owner: optionalText(flags, "owner"),
      anchor: readAnchor(flags),
    };
  },
};
