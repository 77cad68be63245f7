import { canonicalBytes } from "./canonical.js";
import type { ChainLine } from "./chain.js";
import type { ObservationFile } from "./formats.js";

/** Types of the lines by which a registration's chain counts observations. */
export const OPENED_LINE = "opened";
export const OBSERVATION_LINE = "observation";

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

/** A place among the observations on which the key was opened. */
export interface ObservationPlace {
  /** Which observation took it at an early look; null where none was taken. */
  readonly opened: string | null;
  /** Its seal, hex; null where it was never finished. */
  readonly seal: string | null;
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
    const opened = identityOf(body);
    const begun = places.findIndex((place) => place.opened === opened && place.seal === null);
    if (type === OPENED_LINE) {
      if (begun < 0) places.push({ opened, seal: null });
      continue;
    }
    const seal = textOf(body, "seal");
    if (begun < 0) places.push({ opened: null, seal });
    else places[begun] = { opened, seal };
  }
  return places;
}

/** Index of the place that an unfinished observation has, or -1. */
export function placeOfBegun(places: readonly ObservationPlace[], begun: BegunObservation): number {
  const opened = identityOf(begun);
  return places.findIndex((place) => place.opened === opened && place.seal === null);
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
