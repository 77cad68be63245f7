import type { InspectOptions } from "@indicia/operations/options";
import type { CommandSpec } from "../command.js";
import { optionalText } from "../flags.js";
import { declareEndpoint, readSuspect } from "../suspect-flags.js";

/** A file is asked as an endpoint would be: its weights reveal nothing that has to be tried. */
export const inspect: CommandSpec<InspectOptions> = {
  name: "inspect",
  summary: "ask a suspect a handful of rows, and say what it reveals, before it is examined",
  example: "indicia inspect https://thief.example --model classifier --registration registration",
  declare: (command) =>
    declareEndpoint(command, "4, and never more").option(
      "--registration <folder>",
      "ask calibration rows of this registration (default: random ones)",
    ),
  read([suspect = ""], flags) {
    return { suspect: readSuspect(suspect, flags), registration: optionalText(flags, "registration") };
  },
};
