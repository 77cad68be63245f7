import type { Inspection } from "@indicia/suspects/inspection";
import type { Context, Job } from "./context.js";
import { counted } from "./counted.js";
import { inspectSuspect } from "./inspect-suspect.js";
import type { InspectOptions } from "./options.js";
import { printable } from "./printable.js";

/** Names of classes that are shown. */
const MOST_NAMES = 10;

/** `indicia inspect`: ask a suspect a handful of rows before it is examined, and say what it reveals. */
export const inspect: Job<InspectOptions> = async ({ suspect, registration }, context) => {
  const { seen, random } = await inspectSuspect(suspect, { registration });
  tell(seen, random, context);
  return { exitCode: seen.error === null && seen.answers !== null ? 0 : 1, report: { ...seen, random } };
};

function tell(seen: Inspection, random: boolean, { say }: Context): void {
  const { error, answers, repeats, lost, rowsPerRequest } = seen;
  say(
    `${seen.reachable ? "Reachable" : "Not reachable"}, asked ${counted(seen.rows, "row")} in ${counted(seen.requests, "request")}.`,
  );
  if (error !== null) say(printable(`${error.code}: ${error.message}. ${error.hint}`));
  for (const { name, type, dims } of seen.inputs)
    say(
      printable(
        `Input "${name}": ${type ?? "unknown"} [${(dims ?? []).map((dim) => dim ?? "?").join(", ")}].`,
      ),
    );
  if (answers !== null) {
    const classes = answers.classes === null ? "" : ` of ${counted(answers.classes, "class", "classes")}`;
    say(
      `It answers with ${answers.access}${classes}${answers.decimals === null ? "" : `, rounded to ${answers.decimals} decimals`}.`,
    );
    if (answers.names.length > 0)
      say(printable(`Classes are called ${answers.names.slice(0, MOST_NAMES).join(", ")}.`));
    if (answers.unplaced) say("Which of the model's classes they are has to be configured or found out.");
  }
  if (repeats !== null)
    say(`${repeats.differing} of ${counted(repeats.rows, "row")} were answered differently the second time.`);
  if (rowsPerRequest.answered > 0) say(`Up to ${rowsPerRequest.answered} rows were answered in one request.`);
  if (lost.rows > 0)
    say(printable(`${counted(lost.rows, "row")} brought no usable answer: ${lost.reason ?? "no reason"}.`));
  if (random) say("The rows were random numbers; give --registration for those of the model.");
}
