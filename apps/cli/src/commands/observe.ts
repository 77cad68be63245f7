import type { CommandSpec } from "../command.js";
import { optionalText, text, usage } from "../flags.js";
import type { ObserveOptions } from "../jobs/options.js";
import { declareSuspect, readBudget, readProbes, readSuspect } from "../suspect-flags.js";

export const observe: CommandSpec<ObserveOptions> = {
  name: "observe",
  summary: "ask a suspect, without any key, and seal what it answered",
  example:
    "indicia observe suspect.onnx --registration registration --reference model.onnx --out observation",
  declare: (command) =>
    declareSuspect(command)
      .requiredOption("--registration <folder>", "the claim to look into")
      .option("--reference <file>", "the registered, unmarked .onnx file (default: look without it)")
      .option("--out <folder>", "observation to make")
      .option("--resume <folder>", "go on with an interrupted observation instead"),
  read([suspect = ""], flags) {
    return {
      suspect: readSuspect(suspect, flags),
      registration: text(flags, "registration"),
      reference: optionalText(flags, "reference"),
      budget: readBudget(flags),
      probes: readProbes(flags),
      folder: readFolder(optionalText(flags, "out"), optionalText(flags, "resume")),
    };
  },
};

function readFolder(out: string | null, resume: string | null): ObserveOptions["folder"] {
  if (out !== null && resume !== null) throw usage("--out and --resume exclude one another");
  if (resume !== null) return { path: resume, resume: true };
  if (out !== null) return { path: out, resume: false };
  throw usage("either --out or --resume is needed");
}
