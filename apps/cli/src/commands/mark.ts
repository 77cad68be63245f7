import type { CommandSpec } from "../command.js";
import { collect, type Flags, number, optionalText, text, texts, usage } from "../flags.js";
import type { MarkOptions } from "@indicia/operations/options";
import { BEACON_HELP, BEACON_OPTION } from "../plan-flags.js";
import {
  customerId,
  KEY_OPTION,
  keySource,
  PASSPHRASE_ENV_HELP,
  PASSPHRASE_ENV_OPTION,
  payload,
  strength,
} from "../values.js";

/** In units of a weight row's scale; above it the mark begins to show. */
const MAX_WEIGHTS = 0.01;
/** In units of the logits; above it most labels near a boundary change. */
const MAX_READOUT = 1;

export const mark: CommandSpec<MarkOptions> = {
  name: "mark",
  summary: "write a marked copy of a registered model",
  example: "indicia mark model.onnx --registration registration --key owner.key --out marked.onnx",
  declare: (command) =>
    command
      .argument("<model>", "the registered, unmarked .onnx file")
      .requiredOption("--registration <folder>", "its registration")
      .requiredOption(KEY_OPTION, "owner key")
      .option(PASSPHRASE_ENV_OPTION, PASSPHRASE_ENV_HELP)
      .option(BEACON_OPTION, BEACON_HELP, collect)
      .requiredOption("--out <file>", "marked .onnx file to write")
      .option("--weights <strength>", `auto, off, or a number up to ${MAX_WEIGHTS}`, "auto")
      .option("--readout <strength>", `auto, off, or a number up to ${MAX_READOUT}`, "auto")
      .option("--label-budget <share>", "largest share of labels that auto may change", "0.005")
      .option("--payload <text>", "text of at most 32 bytes that the copy carries")
      .option("--customer <id>", "make this customer's copy: his own read-out mark, his id as the payload")
      .option("--customers <file>", "register that has the customer (`indicia customers add`)"),
  read([model = ""], flags) {
    const weights = strength(flags, "weights", MAX_WEIGHTS);
    const readout = strength(flags, "readout", MAX_READOUT);
    if (weights === "off" && readout === "off") throw usage("with both marks off there is nothing to mark");
    const customer = customerOf(flags);
    if (customer !== null && readout === "off")
      throw usage("--customer lives in the read-out mark, which is off");
    const text32 = payload(flags);
    if (text32 !== null && weights === "off") throw usage("--payload lives in the weight mark, which is off");
    return {
      model,
      registration: text(flags, "registration"),
      key: keySource(flags),
      rounds: texts(flags, "beacon"),
      out: text(flags, "out"),
      weights,
      readout,
      labelBudget: number(flags, "labelBudget", { least: 0, includesLeast: false, most: 1 }),
      payload: text32,
      customer,
    };
  },
};

function customerOf(flags: Flags): MarkOptions["customer"] {
  const id = optionalText(flags, "customer");
  const register = optionalText(flags, "customers");
  if (id === null && register === null) return null;
  if (id === null || register === null) throw usage("--customer and --customers go together");
  return { id: customerId(id), register };
}
