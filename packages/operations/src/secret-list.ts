import { type Lasting, secretState, type SecretState, type Stood } from "@indicia/evidence/secret-state";
import type { Context, Job } from "./context.js";
import { counted } from "./counted.js";
import type { SecretListOptions } from "./options.js";
import { wholeRegister } from "./read-secrets.js";

/** `indicia secret list`: what the register says, or said at a moment. */
export const secretList: Job<SecretListOptions> = async (options, context) => {
  const { register, dates } = await wholeRegister(options.registration);
  const state = secretState(register, dates, options.at ?? context.now().toISOString());
  tell(state, context);
  return {
    exitCode: 0,
    report: {
      ...state,
      registration: register.chain.begin.registration,
      entries: register.entries.filter(({ index }) => index < state.lines),
      timestamps: dates,
    },
  };
};

function tell({ secrets, access, measures, reviews, lines, head }: SecretState, context: Context): void {
  for (const each of secrets) {
    const { id, name, since, value } = each.entry;
    const worth = value === null ? "value not estimated" : `${value.amount} ${value.currency} (${value.on})`;
    context.say(`Line ${each.index}, secret ${id}: ${name}; kept since ${since}; ${worth}${remarks(each)}`);
  }
  for (const each of access) {
    const { who, kind, secrets: what, purpose } = each.entry;
    context.say(
      `Line ${each.index}, access: ${who} (${kind}) to ${what.join(", ")}, ${purpose}; ${status(each)}`,
    );
  }
  for (const each of measures) {
    const { kind, description } = each.entry;
    context.say(`Line ${each.index}, ${kind} measure: ${description}; ${status(each)}`);
  }
  for (const each of reviews)
    context.say(
      `Line ${each.index}, review of ${each.entry.on} by ${each.entry.by}: ${each.entry.found}${remarks(each)}`,
    );
  context.say(`${counted(lines, "line")}, the last one ${head}.`);
}

function status(each: Lasting<"access-granted" | "measure-added">): string {
  const over = each.ended === null ? "not yet begun" : `ended ${each.ended}`;
  return `${each.open ? "in force" : over}${remarks(each)}`;
}

function remarks({ withdrawn, corrections }: Pick<Stood<"secret">, "withdrawn" | "corrections">): string {
  if (withdrawn) return "; withdrawn";
  return corrections.length > 0 ? "; corrected" : "";
}
