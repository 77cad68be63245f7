import type { CommandSpec } from "../command.js";
import { declareAnchor, readAnchor } from "../anchor-flags.js";
import { optionalText, text } from "../flags.js";
import type { RegisterOptions } from "@indicia/operations/options";
import { declareNetwork } from "../tsa-flags.js";
import { KEY_OPTION, keySource, PASSPHRASE_ENV_HELP, PASSPHRASE_ENV_OPTION, payload } from "../values.js";

/** What stands in where nobody has real inputs at hand. */
const DEFAULT_CALIBRATION = "random:256";

export const register: CommandSpec<RegisterOptions> = {
  name: "register",
  summary: "fix what must be fixed before a mark is made: key commitment, reference, basis, data",
  example: "indicia register model.onnx --key owner.key --calibration inputs.npz --out registration",
  declare: (command) =>
    declareNetwork(declareAnchor(command, { dated: "registration", beacon: "salt the carrier" }))
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
      .option("--secret <file>", "begin the register of trade secrets with these entries (.yaml or .json)"),
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
      secret: optionalText(flags, "secret"),
      anchor: readAnchor(flags),
    };
  },
};
