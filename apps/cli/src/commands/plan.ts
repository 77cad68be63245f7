import { declareAnchor, readAnchor } from "../anchor-flags.js";
import type { CommandSpec } from "../command.js";
import { number, optionalText, text } from "../flags.js";
import { DEFAULT_BUDGET } from "@indicia/operations/defaults";
import type { PlanningOptions } from "@indicia/operations/options";
import { declareSuspect, MAX_BUDGET, readBudget, readProbes, readSuspect } from "../suspect-flags.js";
import { level } from "../values.js";

export const plan: CommandSpec<PlanningOptions> = {
  name: "plan",
  summary: "commit to what a suspect will be asked, before the first query",
  example:
    "indicia plan https://thief.example --model classifier --registration registration --budget 2000 " +
    "--tsa https://freetsa.org/tsr --tsa-ca cacert.pem --beacon drand --out plan",
  declare: (command) =>
    declareAnchor(declareSuspect(command), { dated: "plan", beacon: "draw the rows that may be asked" })
      .requiredOption("--registration <folder>", "the claim to look into")
      .requiredOption("--out <folder>", "plan to make")
      .option("--level <p>", "level of the verdict (default: as registered)")
      .option(
        "--draw <rows>",
        "rows of the pool that the beacon draws (default: half of it, or as many as the budget)",
      ),
  read: ([suspect = ""], flags) => ({
    suspect: readSuspect(suspect, flags, ["allowPrivate"]),
    registration: text(flags, "registration"),
    out: text(flags, "out"),
    budget: readBudget(flags) ?? DEFAULT_BUDGET,
    probes: readProbes(flags) ?? "auto",
    level: level(flags),
    draw:
      optionalText(flags, "draw") === null
        ? null
        : number(flags, "draw", { least: 1, most: MAX_BUDGET, whole: true }),
    anchor: readAnchor(flags),
  }),
};
