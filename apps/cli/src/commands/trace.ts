import type { CommandSpec } from "../command.js";
import { collect, isSet, optionalText, refuse, text, texts, usage } from "../flags.js";
import type { TraceOptions } from "@indicia/operations/options";
import { declareSuspect, readBudget, readProbes, readSuspect } from "../suspect-flags.js";
import { BEACON_HELP, BEACON_OPTION, declarePlan, readPlanOptions } from "../plan-flags.js";
import { KEY_OPTION, keySource, level, PASSPHRASE_ENV_HELP, PASSPHRASE_ENV_OPTION } from "../values.js";

export const trace: CommandSpec<TraceOptions> = {
  name: "trace",
  summary: "find out which customer's marked answers a suspect was made from",
  example:
    "indicia trace https://thief.example --model classifier --registration registration " +
    "--key owner.key --reference model.onnx --customers customers.jsonl --query-log queries --out trace",
  declare: (command) =>
    declarePlan(declareSuspect(command))
      .requiredOption("--registration <folder>", "the claim to look into")
      .requiredOption(KEY_OPTION, "owner key")
      .option(PASSPHRASE_ENV_OPTION, PASSPHRASE_ENV_HELP)
      .option(BEACON_OPTION, BEACON_HELP, collect)
      .requiredOption("--customers <file>", "register of customers, of whom every entry counts")
      .option("--reference <file>", "the registered, unmarked .onnx file; needed to compare answers")
      .option(
        "--query-log <folder>",
        "what a gateway was asked, to be asked again (as many rows as --budget)",
      )
      .option(
        "--query-log-identity <file>",
        "age identities for a log that was encrypted to recipients; one under the gateway's key needs none",
      )
      .option(
        "--acceptances <file>",
        "a gateway's log of terms that customers accepted; what those who are named accepted enters the evidence",
      )
      .option("--level <p>", "level of the verdict (default: as registered)")
      .option("--resume <folder>", "go on with an observation, interrupted or sealed")
      .option("--full", "spend the whole budget, even where an early look names somebody")
      .option(
        "--out <folder>",
        "folder to make for the trace: observation, register, trace.json and evidence.zip",
      ),
  read([suspect = ""], flags) {
    const reference = optionalText(flags, "reference");
    const queryLog = optionalText(flags, "queryLog");
    if (queryLog !== null && reference === null) throw usage("--query-log needs --reference");
    if (queryLog === null) refuse(flags, ["queryLogIdentity"], "needs --query-log");
    return {
      suspect: readSuspect(suspect, flags),
      registration: text(flags, "registration"),
      key: keySource(flags),
      reference,
      customers: text(flags, "customers"),
      queryLog,
      queryLogIdentity: optionalText(flags, "queryLogIdentity"),
      acceptances: optionalText(flags, "acceptances"),
      budget: readBudget(flags),
      probes: readProbes(flags),
      ...readPlanOptions(flags),
      rounds: texts(flags, "beacon"),
      level: level(flags),
      resume: optionalText(flags, "resume"),
      full: isSet(flags, "full"),
      out: optionalText(flags, "out"),
    };
  },
};
