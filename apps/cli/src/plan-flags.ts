import type { Command } from "commander";
import { type Flags, optionalText, usage } from "./flags.js";
import type { PlanOptions } from "@indicia/operations/options";

/** Options of commands that wait for rounds of a beacon. */
export const BEACON_OPTION = "--beacon <file>";
export const BEACON_HELP =
  "round that registration or plan wait for, as a relay gives it (default: fetch it); may be repeated";

/** Options of commands that can follow a plan. */
export function declarePlan(command: Command): Command {
  return command
    .option(
      "--plan <folder>",
      "follow this plan, as `indicia plan` made it: it says budget, probes and level",
    )
    .option("--fresh <folder>", "ask other rows than this observation under the same plan did");
}

export function readPlanOptions(flags: Flags): PlanOptions {
  const plan = optionalText(flags, "plan");
  const fresh = optionalText(flags, "fresh");
  if (fresh !== null && plan === null) throw usage("--fresh needs --plan, which draws the fresh rows");
  return { plan, fresh };
}
