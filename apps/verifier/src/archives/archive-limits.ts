/** What an archive that somebody uploaded may ask of whoever unpacks it. */
export interface ArchiveLimits {
  readonly entries: number;
  /** Bytes of one file, unpacked. */
  readonly entryBytes: number;
  /** Bytes of all files, unpacked. */
  readonly totalBytes: number;
}

/** A registration folder: a dozen files, some shadow models, and data that are read in one piece. */
export const REGISTRATION_ARCHIVE: ArchiveLimits = {
  entries: 128,
  entryBytes: 2 ** 30,
  totalBytes: 2 ** 32,
};

/** A model with its external data, of which some exporters write a file per tensor. */
export const MODEL_ARCHIVE: ArchiveLimits = {
  entries: 4096,
  entryBytes: 2 ** 33,
  totalBytes: 2 ** 34,
};

/** Deflate makes at most 258 bytes of 2 bits (RFC 1951, section 3.2.5). */
export const MAX_RATIO = 1032;
/** Bytes of an archive's directory: some hundred for each file. */
export const MAX_DIRECTORY_BYTES: number = 4 * 2 ** 20;
