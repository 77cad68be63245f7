import { createHash } from "node:crypto";
import type { Corpus, CorpusEntry, Split } from "./corpus-file.js";
import { nearDuplicateGroups } from "./near-duplicates.js";
import type { Candidate } from "./scan.js";

/** At most one file in eleven from one package. */
const PACKAGE_CAP = 680;

/** Files of a kind; without a cap the two that packages consist of would crowd out everything else. */
const KIND_CAPS: readonly { readonly kind: RegExp; readonly most: number }[] = [
  { kind: /\.d\.[cm]?ts$/, most: 1700 },
  { kind: /\.[cm]?js$/, most: 4000 },
  { kind: /\.map$/, most: 400 },
];

/** Shares of the splits. A group's place depends on its name alone, so new packages move hardly any old file. */
const CALIBRATION_SHARE = 0.4;
const POOL_SHARE = 0.3;

/**
 * The corpus among the candidates: each content once, within the caps (those with the smallest SHA-256 stay), near-
 * duplicates in one split.
 */
export function selectCorpus(candidates: readonly Candidate[]): Corpus {
  const groups = nearDuplicateGroups(candidates);
  const groupOf = new Map(candidates.map((candidate, i) => [candidate, groups[i] ?? ""]));
  const splits: Record<Split, CorpusEntry[]> = { calibration: [], pool: [], "held-back": [] };
  for (const candidate of withinCaps(distinct(candidates))) {
    const { sha256, bytes, source } = candidate;
    splits[splitOf(groupOf.get(candidate) ?? "")].push({ sha256, bytes, source });
  }
  return splits;
}

/** One candidate per content, sorted by SHA-256. */
function distinct(candidates: readonly Candidate[]): Candidate[] {
  const bySha = new Map<string, Candidate>();
  for (const candidate of candidates) {
    if (!bySha.has(candidate.sha256)) bySha.set(candidate.sha256, candidate);
  }
  return [...bySha.values()].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
}

function withinCaps(candidates: readonly Candidate[]): Candidate[] {
  const owners = new Map<string, number>();
  const kinds = KIND_CAPS.map(() => 0);
  return candidates.filter(({ owner, file }) => {
    const ofOwner = owners.get(owner) ?? 0;
    const kind = KIND_CAPS.findIndex((cap) => cap.kind.test(file));
    const ofKind = kinds[kind] ?? 0;
    if (ofOwner >= PACKAGE_CAP || ofKind >= (KIND_CAPS[kind]?.most ?? Number.POSITIVE_INFINITY)) return false;
    owners.set(owner, ofOwner + 1);
    if (kind >= 0) kinds[kind] = ofKind + 1;
    return true;
  });
}

/** Where a group goes: its name's hash, read as a fraction. */
export function splitOf(group: string): Split {
  const place = createHash("sha256").update(`corpus split\n${group}`).digest().readUInt32BE(0) / 2 ** 32;
  if (place < CALIBRATION_SHARE) return "calibration";
  return place < CALIBRATION_SHARE + POOL_SHARE ? "pool" : "held-back";
}
