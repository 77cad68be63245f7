import { property } from "./line-body.js";
import { canonicalBytes } from "./canonical.js";
import type { ChainLine } from "./chain.js";
import type { ObservationFile } from "./observation-format.js";
import { PLAN_LINE } from "./plan.js";

/** Types of the lines by which a registration's chain counts observations. */
export const OPENED_LINE = "opened";
export const OBSERVATION_LINE = "observation";

/**
 * What the key is opened for: to examine, to trace, or to hold a trace against logged queries. Each tries other carriers,
 * so that on one observation each has a place of its own.
 */
export type OpeningPurpose = "examination" | "trace" | "logged queries";

/** By what an observation is known before it is sealed: nothing else of it stays the same from look to look. */
export interface BegunObservation {
  readonly suspect: unknown;
  readonly started: string;
  /** Probes that were to be asked; null for a file, and where no end was planned. */
  readonly planned: number | null;
  /** SHA-256 of the plan that it follows, hex; null or absent where there is none. */
  readonly plan?: string | null;
}

/** What a place is given by, of an observation or of queries asked again. */
export type PlacedFile = Pick<ObservationFile, "suspect" | "started"> & {
  readonly probes?: ObservationFile["probes"];
  readonly plan?: ObservationFile["plan"];
};

/** By what an observation is known from its first look on. */
export function begunAs({ suspect, started, probes, plan }: PlacedFile): BegunObservation {
  return { suspect, started, planned: probes?.planned ?? null, plan: plan?.sha256 ?? null };
}

/** Which purpose a line is for, as its body has it; an examination says nothing, as it did before there were others. */
export function purposeField(purpose: OpeningPurpose): { readonly purpose?: OpeningPurpose } {
  return purpose === "examination" ? {} : { purpose };
}

const EXAMINATION: OpeningPurpose = "examination";

/** A place among the observations on which the key was opened, or may be by a plan. */
export interface ObservationPlace {
  /** The plan that was entered in it, or that its observation follows, hex; else null. */
  readonly plan: string | null;
  /** Which observation took it at an early look; null where none was taken. */
  readonly opened: string | null;
  /** Seal of the observation, hex; null where it was never finished, and where the key was opened for no conclusion. */
  readonly seal: string | null;
  /** The same for every purpose. */
  readonly sealed: string | null;
  readonly purpose: string;
}

/**
 * The places of a registration, in order. A plan has a place from the time it is entered, examined or not: whoever made
 * many plans could examine the one whose draw suits the key. Its first observation takes that place; any other, and one
 * without a plan, takes the next when the key is opened on it. An observation on which the key was opened at an early
 * look has its place from then on, whether it is finished or not: whoever breaks off and begins anew has tried twice.
 */
export function observationPlaces(chain: readonly ChainLine[]): ObservationPlace[] {
  const places: ObservationPlace[] = [];
  for (const { type, body } of chain) {
    if (type === PLAN_LINE) {
      places.push({
        plan: textOf(body, "sha256"),
        opened: null,
        seal: null,
        sealed: null,
        purpose: EXAMINATION,
      });
      continue;
    }
    if (type !== OPENED_LINE && type !== OBSERVATION_LINE) continue;
    const purpose = textOf(body, "purpose") ?? EXAMINATION;
    const opened = identityOf(body);
    const plan = textOf(body, "plan");
    const found = placeOf(places, { opened, purpose, plan });
    const place = { plan, opened, seal: null, sealed: null, purpose };
    if (type === OPENED_LINE) {
      if (found < 0) places.push(place);
      else if (places[found]?.opened === null) places[found] = place;
      continue;
    }
    const sealed = textOf(body, "seal");
    const seal = purpose === EXAMINATION ? sealed : null;
    if (found < 0) places.push({ ...place, opened: null, seal, sealed });
    else places[found] = { ...place, seal, sealed };
  }
  return places;
}

/** Index of the place that an unfinished observation has for a purpose, or that its plan keeps for it, or -1. */
export function placeOfBegun(
  places: readonly ObservationPlace[],
  begun: BegunObservation,
  purpose: OpeningPurpose,
): number {
  return placeOf(places, { opened: identityOf(begun), purpose, plan: begun.plan ?? null });
}

/** Index of the place that a sealed observation has for a purpose, or -1. */
export function placeOfSealed(
  places: readonly ObservationPlace[],
  seal: string,
  purpose: OpeningPurpose,
): number {
  return places.findIndex((place) => place.sealed === seal && place.purpose === purpose);
}

/** Whether a line counts this observation, by its seal or by what it was before it had one. */
export function isLineOf({ type, body }: ChainLine, begun: BegunObservation, seal: string): boolean {
  if (type === OBSERVATION_LINE) return textOf(body, "seal") === seal;
  return type === OPENED_LINE && identityOf(body) === identityOf(begun);
}

function placeOf(
  places: readonly ObservationPlace[],
  { opened, purpose, plan }: Pick<ObservationPlace, "opened" | "purpose" | "plan">,
): number {
  const begun = places.findIndex(
    (place) => place.opened === opened && place.sealed === null && place.purpose === purpose,
  );
  if (begun >= 0 || plan === null) return begun;
  return places.findIndex((place) => place.plan === plan && place.opened === null && place.sealed === null);
}

function identityOf(body: unknown): string {
  const planned = property(body, "planned");
  const identity = {
    suspect: property(body, "suspect") ?? null,
    started: textOf(body, "started"),
    planned: typeof planned === "number" ? planned : null,
  };
  return new TextDecoder().decode(canonicalBytes(identity));
}

function textOf(body: unknown, name: string): string | null {
  const value = property(body, name);
  return typeof value === "string" ? value : null;
}
