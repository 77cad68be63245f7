import type { CommandSpec } from "../command.js";
import { MAX_NAME } from "@indicia/evidence/observer-name";
import { collect, optionalText, text, texts, usage } from "../flags.js";
import type { ObserveOptions } from "@indicia/operations/options";
import { declareSuspect, readBudget, readProbes, readSuspect } from "../suspect-flags.js";
import { declareLogged, needsReference, readLogged } from "../logged-flags.js";
import { BEACON_HELP, BEACON_OPTION, declarePlan, readPlanOptions } from "../plan-flags.js";

export const observe: CommandSpec<ObserveOptions> = {
  name: "observe",
  summary: "ask a suspect, without any key, and seal what it answered",
  example:
    "indicia observe suspect.onnx --registration registration --reference model.onnx --out observation",
  declare: (command) =>
    declareLogged(declarePlan(declareSuspect(command)))
      .requiredOption("--registration <folder>", "the claim to look into")
      .option("--reference <file>", "the registered, unmarked .onnx file (default: look without it)")
      .option(BEACON_OPTION, BEACON_HELP, collect)
      .option("--observer <name>", "another party who observes, and signs the seal with --observer-key")
      .option("--observer-key <pem>", "Ed25519 private key, as `openssl genpkey -algorithm ed25519` makes it")
      .option("--out <folder>", "observation to make")
      .option("--resume <folder>", "go on with an interrupted observation instead"),
  read([suspect = ""], flags) {
    return {
      suspect: readSuspect(suspect, flags),
      registration: text(flags, "registration"),
      reference: optionalText(flags, "reference"),
      budget: readBudget(flags),
      probes: readProbes(flags),
      ...readPlanOptions(flags),
      rounds: texts(flags, "beacon"),
      logged: needsReference(readLogged(flags), optionalText(flags, "reference")),
      observer: readObserver(optionalText(flags, "observer"), optionalText(flags, "observerKey")),
      folder: readFolder(optionalText(flags, "out"), optionalText(flags, "resume")),
    };
  },
};

function readObserver(name: string | null, key: string | null): ObserveOptions["observer"] {
  if ((name === null) !== (key === null))
    throw usage("--observer and --observer-key belong together: a name that anybody can write names nobody");
  if (name === null || key === null) return null;
  if (name.length > MAX_NAME) throw usage(`--observer takes at most ${MAX_NAME} characters`);
  return { name, key };
}

function readFolder(out: string | null, resume: string | null): ObserveOptions["folder"] {
  if (out !== null && resume !== null) throw usage("--out and --resume exclude one another");
  if (resume !== null) return { path: resume, resume: true };
  if (out !== null) return { path: out, resume: false };
  throw usage("either --out or --resume is needed");
}
