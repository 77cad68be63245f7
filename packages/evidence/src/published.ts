import { altered } from "./error.js";

/** Texts that every bundle carries alike. */
export const PUBLISHED_NAMES = ["VERIFY.md", "recompute.mjs"] as const;
/** Texts that every excerpt carries alike. */
export const EXCERPT_TEXTS = ["EXCERPT.md", "check-excerpt.mjs"] as const;
export type PublishedName = (typeof PUBLISHED_NAMES)[number] | (typeof EXCERPT_TEXTS)[number];

/**
 * SHA-256 of every version of these texts that was ever published, the newest last. An older one stays, since bundles
 * with it verify for ever; one that is not here was made by somebody else, and may say or do anything.
 */
export const PUBLISHED: Readonly<Record<PublishedName, readonly string[]>> = {
  "VERIFY.md": [
    "d2f69db28955329c1edeeea69820fd4f6f744e9082fd42a976e8b23ec403f466",
    "343a8a6f2d9cf9e7d652594d64bd167ad9fb93d516d207be370cd60ea7271258",
  ],
  "recompute.mjs": ["eb5a372d0647c0279b37352fbf6b0e9dc1f9b0ff5c9f47eaf3dbdd6418f683a8"],
  "EXCERPT.md": [
    "93f9838e0926d5a1edddf33b605b0e1351720aad10c4a8589495c2791e2266a8",
    "5088c09c7713fc006ecfc4a0344cbdfc11845ee281edb37b20fefe2a2cae2f34",
  ],
  "check-excerpt.mjs": ["78ff2ae3367375fe18b36578f2119df1fcee5cf750fd691cdeac00f37fe7601b"],
};

/** Where they lie in the folder `published` of this package. */
export const PUBLISHED_SOURCES: Readonly<Record<PublishedName, string>> = {
  "VERIFY.md": "VERIFY.md",
  "recompute.mjs": "recompute-file.mjs",
  "EXCERPT.md": "EXCERPT.md",
  "check-excerpt.mjs": "check-excerpt-file.mjs",
};

/** @throws EvidenceError INSTRUCTIONS_UNKNOWN */
export function requirePublished(name: PublishedName, sha256: string | null): void {
  if (sha256 !== null && PUBLISHED[name].includes(sha256)) return;
  throw altered(
    "INSTRUCTIONS_UNKNOWN",
    sha256 === null ? `the bundle has no "${name}"` : `"${name}" is not one that was ever published`,
  );
}
