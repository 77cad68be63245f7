import { canonicalBytes } from "./canonical.js";
import type { ChainLine } from "./chain.js";
import type { ObservationFile } from "./formats.js";

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
}

/** What a place is given by, of an observation or of queries asked again. */
export type PlacedFile = Pick<ObservationFile, "suspect" | "started"> & {
  readonly probes?: ObservationFile["probes"];
};

/** By what an observation is known from its first look on. */
export function begunAs({ suspect, started, probes }: PlacedFile): BegunObservation {
  return { suspect, started, planned: probes?.planned ?? null };
}

/** Which purpose a line is for, as its body has it; an examination says nothing, as it did before there were others. */
export function purposeField(purpose: OpeningPurpose): { readonly purpose?: OpeningPurpose } {
  return purpose === "examination" ? {} : { purpose };
}

const EXAMINATION: OpeningPurpose = "examination";

/** A place among the observations on which the key was opened. */
export interface ObservationPlace {
  /** Which observation took it at an early look; null where none was taken. */
  readonly opened: string | null;
  /** Seal of the observation, hex; null where it was never finished, and where the key was opened for no conclusion. */
  readonly seal: string | null;
  /** The same for every purpose. */
  readonly sealed: string | null;
  readonly purpose: string;
}

/**
 * The places of a registration, in the order in which the key was opened. An observation on which it was opened at an
 * early look has its place from then on, whether it is finished or not: whoever breaks off and begins anew has tried
 * twice.
 */
export function observationPlaces(chain: readonly ChainLine[]): ObservationPlace[] {
  const places: ObservationPlace[] = [];
  for (const { type, body } of chain) {
    if (type !== OPENED_LINE && type !== OBSERVATION_LINE) continue;
    const purpose = textOf(body, "purpose") ?? EXAMINATION;
    const opened = identityOf(body);
    const begun = unfinished(places, opened, purpose);
    if (type === OPENED_LINE) {
      if (begun < 0) places.push({ opened, seal: null, sealed: null, purpose });
      continue;
    }
    const sealed = textOf(body, "seal");
    const seal = purpose === EXAMINATION ? sealed : null;
    if (begun < 0) places.push({ opened: null, seal, sealed, purpose });
    else places[begun] = { opened, seal, sealed, purpose };
  }
  return places;
}

/** Index of the place that an unfinished observation has for a purpose, or -1. */
export function placeOfBegun(
  places: readonly ObservationPlace[],
  begun: BegunObservation,
  purpose: OpeningPurpose,
): number {
  return unfinished(places, identityOf(begun), purpose);
}

/** Index of the place that a sealed observation has for a purpose, or -1. */
export function placeOfSealed(
  places: readonly ObservationPlace[],
  seal: string,
  purpose: OpeningPurpose,
): number {
  return places.findIndex((place) => place.sealed === seal && place.purpose === purpose);
}

function unfinished(places: readonly ObservationPlace[], opened: string, purpose: string): number {
  return places.findIndex(
    (place) => place.opened === opened && place.sealed === null && place.purpose === purpose,
  );
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
