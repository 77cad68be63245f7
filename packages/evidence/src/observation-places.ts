import { canonicalBytes } from "./canonical.js";
import type { ChainLine } from "./chain.js";
import type { ObservationFile } from "./formats.js";
import { PLAN_LINE } from "./plan.js";

/** Types of the lines by which a registration's chain counts observations. */
export const OPENED_LINE = "opened";
export const OBSERVATION_LINE = "observation";

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

/** A place among the observations on which the key was opened, or may be by a plan. */
export interface ObservationPlace {
  /** The plan that was entered in it, or that its observation follows, hex; else null. */
  readonly plan: string | null;
  /** Which observation took it at an early look; null where none was taken. */
  readonly opened: string | null;
  /** Its seal, hex; null where it was never finished. */
  readonly seal: string | null;
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
      places.push({ plan: textOf(body, "sha256"), opened: null, seal: null });
      continue;
    }
    if (type !== OPENED_LINE && type !== OBSERVATION_LINE) continue;
    const opened = identityOf(body);
    const plan = textOf(body, "plan");
    const found = placeOf(places, opened, plan);
    const taken = found < 0 ? null : places[found];
    if (type === OPENED_LINE) {
      if (taken?.opened === opened) continue;
      places[found < 0 ? places.length : found] = { plan, opened, seal: null };
      continue;
    }
    const seal = textOf(body, "seal");
    const known = taken === null || taken === undefined ? null : opened;
    places[found < 0 ? places.length : found] = { plan, opened: known, seal };
  }
  return places;
}

/** Index of the place that an unfinished observation has, or that its plan keeps for it, or -1. */
export function placeOfBegun(places: readonly ObservationPlace[], begun: BegunObservation): number {
  return placeOf(places, identityOf(begun), begun.plan ?? null);
}

/** Whether a line counts this observation, by its seal or by what it was before it had one. */
export function isLineOf({ type, body }: ChainLine, begun: BegunObservation, seal: string): boolean {
  if (type === OBSERVATION_LINE) return textOf(body, "seal") === seal;
  return type === OPENED_LINE && identityOf(body) === identityOf(begun);
}

function placeOf(places: readonly ObservationPlace[], opened: string, plan: string | null): number {
  const begun = places.findIndex((place) => place.opened === opened && place.seal === null);
  if (begun >= 0 || plan === null) return begun;
  return places.findIndex((place) => place.plan === plan && place.opened === null && place.seal === null);
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

function property(body: unknown, name: string): unknown {
  return typeof body === "object" && body !== null && Object.hasOwn(body, name)
    ? (body as Record<string, unknown>)[name]
    : undefined;
}
