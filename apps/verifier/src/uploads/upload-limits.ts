/** What uploads may ask of the service. */
export interface UploadLimits {
  /** Bytes of one. */
  readonly bytes: number;
  /** Bytes of all that one user has uploaded and not used. */
  readonly quotaBytes: number;
  /** How many unused ones a user may have. */
  readonly count: number;
  /** How long an unused one is kept. */
  readonly unusedMs: number;
  /** Longest silence while one comes. */
  readonly idleMs: number;
}

export const UPLOAD_LIMITS: UploadLimits = {
  // A protobuf message ends there, and so does what is read in one piece.
  bytes: 2 ** 31 - 1,
  // A large model with its data, and the same once more after a mistake.
  quotaBytes: 8 * 2 ** 30,
  count: 50,
  unusedMs: 24 * 3600 * 1000,
  // A link that stalls for a minute is gone.
  idleMs: 60_000,
};
