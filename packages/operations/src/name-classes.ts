import { DECODING_NOTE } from "@indicia/core/observe-endpoint";
import { nameClasses } from "@indicia/core/observe-class-names";
import type { InputRows, Registration } from "@indicia/core/registration";
import type { TranscriptFile } from "@indicia/evidence/transcript-file";
import { readConfigFile } from "@indicia/suspects/config-file";
import type { EndpointOptions } from "@indicia/suspects/index";
import { asObject } from "@indicia/suspects/json-values";
import { openNames } from "@indicia/suspects/read-names";
import { AUTO } from "@indicia/suspects/readings";
import { badSetting } from "@indicia/suspects/settings";
import { askedBefore } from "./asked-before.js";
import type { Context } from "./context.js";
import { counted } from "./counted.js";
import type { EndpointSuspect, Suspect } from "./options.js";

/** What names are held against. */
interface Naming {
  readonly registration: Registration;
  readonly referencePath: string;
  readonly pool: InputRows;
  readonly transcript: TranscriptFile;
  /** Requests per second. */
  readonly rate: number;
  /** Whatever else holds of asking. */
  readonly asking?: Pick<EndpointOptions, "pace" | "retry">;
}

/**
 * A suspect whose configuration leaves the names of its classes to be found out, with them in their places: those of the
 * interrupted observation, or found by asking rows of the pool before any probe. Rows that were asked before an interruption
 * are not asked again.
 *
 * @throws CoreError ANSWERS_UNUSABLE; SuspectError
 */
export async function withClassNames(suspect: Suspect, naming: Naming, context: Context): Promise<Suspect> {
  if (suspect.kind === "file") return suspect;
  const settings = asObject(
    suspect.config === null ? suspect.settings : readConfigFile(suspect.config, badSetting),
  );
  if (settings?.["classes"] !== AUTO) return suspect;
  const [noted] = naming.transcript.noted(DECODING_NOTE);
  const before = asObject(noted)?.["classes"];
  const classes = Array.isArray(before)
    ? before
    : await foundNames({ ...suspect, settings }, naming, context);
  return { ...suspect, config: null, settings: { ...settings, classes } };
}

async function foundNames(
  suspect: EndpointSuspect,
  naming: Naming,
  context: Context,
): Promise<readonly string[]> {
  const { registration, referencePath, pool, transcript, rate, asking = {} } = naming;
  const { url, protocol, model, settings, secrets, headers, allowPrivate } = suspect;
  const names = await openNames({
    url,
    protocol,
    model,
    config: null,
    settings,
    ...(secrets === undefined ? {} : { secrets: (name: string) => secrets[name] }),
    ...(asking.pace === undefined ? {} : { pace: asking.pace }),
    ...(asking.retry === undefined ? {} : { retry: asking.retry }),
    headers: Object.fromEntries(headers),
    allowPrivate,
    rate,
    recorder: transcript,
    before: askedBefore(transcript.found),
  });
  try {
    const { classes, unnamed, asked } = await nameClasses({
      registration,
      referencePath,
      pool,
      ask: (inputs, rows) => names.ask(inputs, rows),
      whyLost: () => names.whyLost(),
    });
    const said = counted(classes.length - unnamed, "class", "classes");
    context.say(
      `The suspect's names of ${said} were found out by ${counted(asked, "row")}, beside the budget.`,
    );
    return classes;
  } finally {
    await names.close();
  }
}
