/** When everything about the sample happened. */
export const SAMPLE_TIME = "2025-03-01T12:00:00.000Z";

/** Whom the sample is about. */
export const SAMPLE_SUSPECT = { protocol: "json", target: "http://suspect.example" } as const;

/** Signing seed of the sample. */
export const SAMPLE_SEED: Uint8Array = new Uint8Array(32).fill(7);

/** Seed of the sample's P-256 key. */
export const SAMPLE_P256_SEED: Uint8Array = new Uint8Array(32).fill(8);

/** Decoy keys of the sample: few, since it is made often. */
export const SAMPLE_DECOY_KEYS = 200;

/** Sub-keys of the sample. */
export const SAMPLE_SUB_KEYS: readonly Uint8Array[] = [1, 2, 3, 4].map((fill) =>
  new Uint8Array(32).fill(fill),
);
