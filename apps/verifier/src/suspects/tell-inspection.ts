import { printable } from "@indicia/operations/printable";
import type { Inspection as Seen } from "@indicia/suspects/inspection";
import type { Inspection } from "../shapes/suspects.js";

/** What was found, without when. */
export type FoundInspection = Omit<Inspection, "at">;

/** Names of classes that are kept, and how much of each: a hostile endpoint may have a million of a megabyte. */
const MOST_NAMES = 2000;
const MAX_TEXT = 300;
const MOST_INPUTS = 100;

/** What a connection test saw, as the API tells it. Words of the suspect's own are cut and made harmless. */
export function tellInspection(seen: Seen, { random }: { readonly random: boolean }): FoundInspection {
  const { answers, repeats, latencyMs, error, rowsPerRequest } = seen;
  return {
    reachable: seen.reachable,
    error:
      error === null ? null : { code: error.code, message: short(error.message), hint: short(error.hint) },
    queries: seen.rows,
    milliseconds: latencyMs === null ? null : Math.round(latencyMs.median * 10) / 10,
    inputs: seen.inputs.slice(0, MOST_INPUTS).map(({ name, type, dims }) => ({
      name: short(name),
      type: type ?? "unknown",
      dims: (dims ?? []).map((dim) => (typeof dim === "number" ? dim : short(dim ?? "?"))),
    })),
    answers: answers?.access ?? "unknown",
    classes: answers?.classes ?? null,
    labelNames: (answers?.names ?? []).slice(0, MOST_NAMES).map(short),
    decimals: answers?.decimals ?? null,
    deterministic: repeats === null ? null : repeats.differing === 0,
    maxRepeatDifference: repeats?.largest ?? null,
    rowsPerRequest: rowsPerRequest.answered > 0 ? rowsPerRequest.offered : null,
    notes: notesOf(seen, random),
  };
}

function notesOf(
  { answers, repeats, lost, rateLimits, server, rowsPerRequest }: Seen,
  random: boolean,
): string[] {
  const notes: string[] = [];
  if (random) notes.push("It was asked rows of random numbers; real inputs may be answered differently.");
  if (answers?.topK != null) notes.push(`It shows only the ${answers.topK} best classes of each answer.`);
  if (answers?.unplaced === true)
    notes.push("It names its classes; which of the model's they are is found out by aligning them.");
  if (repeats !== null && repeats.differing > 0)
    notes.push(`${repeats.differing} of ${repeats.rows} rows were answered differently the second time.`);
  if (lost.rows > 0)
    notes.push(`${lost.rows} rows brought no usable answer: ${short(lost.reason ?? "no reason was given")}.`);
  if (rowsPerRequest.answered > 0 && rowsPerRequest.answered < rowsPerRequest.offered)
    notes.push(`Several rows were answered in one request up to ${rowsPerRequest.answered}.`);
  for (const [name, value] of Object.entries(rateLimits).slice(0, 10))
    notes.push(`It speaks of limits: ${short(`${name}: ${value}`)}`);
  if (server !== null) notes.push(`It calls itself "${short(server)}".`);
  return notes;
}

function short(text: string): string {
  const shown = printable(text);
  return shown.length > MAX_TEXT ? `${shown.slice(0, MAX_TEXT)}...` : shown;
}
