import type { CommandSpec } from "../command.js";
import { collect, isSet, optionalText, text, texts } from "../flags.js";
import type { ExamineOptions } from "@indicia/operations/options";
import { declareSuspect, readBudget, readProbes, readSuspect } from "../suspect-flags.js";
import { declareAccount, needsReference, readAccount } from "../logged-flags.js";
import { BEACON_HELP, BEACON_OPTION, declarePlan, readPlanOptions } from "../plan-flags.js";
import { KEY_OPTION, keySource, level, PASSPHRASE_ENV_HELP, PASSPHRASE_ENV_OPTION } from "../values.js";

export const examine: CommandSpec<ExamineOptions> = {
  name: "examine",
  summary: "observe a suspect and conclude, in one go",
  example:
    "indicia examine https://thief.example --model classifier --registration registration " +
    "--key owner.key --reference model.onnx --out evidence.zip",
  declare: (command) =>
    declareAccount(declarePlan(declareSuspect(command)))
      .requiredOption("--registration <folder>", "the claim to look into")
      .requiredOption(KEY_OPTION, "owner key")
      .option(PASSPHRASE_ENV_OPTION, PASSPHRASE_ENV_HELP)
      .option("--reference <file>", "the registered, unmarked .onnx file (default: look without it)")
      .option(BEACON_OPTION, BEACON_HELP, collect)
      .option("--level <p>", "level of the verdict (default: as registered)")
      .option("--resume <folder>", "go on with an interrupted observation")
      .option("--full", "spend the whole budget, even where an early look reaches the level")
      .option("--out <file>", "evidence to write"),
  read: ([suspect = ""], flags) => ({
    suspect: readSuspect(suspect, flags),
    registration: text(flags, "registration"),
    key: keySource(flags),
    rounds: texts(flags, "beacon"),
    reference: optionalText(flags, "reference"),
    budget: readBudget(flags),
    probes: readProbes(flags),
    ...readPlanOptions(flags),
    level: level(flags),
    resume: optionalText(flags, "resume"),
    full: isSet(flags, "full"),
    logged: needsReference(readAccount(flags), optionalText(flags, "reference")),
    out: optionalText(flags, "out"),
  }),
};
