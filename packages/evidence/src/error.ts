/** One code for each way in which evidence can be altered, malformed or out of reach. */
export type EvidenceErrorCode =
  // JSON
  | "JSON_MALFORMED"
  | "JSON_TOO_LARGE"
  | "JSON_TOO_DEEP"
  | "JSON_DUPLICATE_KEY"
  | "JSON_NOT_CANONICAL"
  | "JSON_UNREPRESENTABLE"
  | "BASE64_MALFORMED"
  // hash-chained lines
  | "CHAIN_TORN"
  | "CHAIN_LINE_MALFORMED"
  | "CHAIN_LINE_TOO_LONG"
  | "CHAIN_ORDER"
  | "CHAIN_LINE_CHANGED"
  | "CHAIN_BROKEN_LINK"
  | "CHAIN_HEAD"
  | "CHAIN_TOO_LARGE"
  | "CHAIN_LOCKED"
  | "CHAIN_CLOSED"
  | "CHAIN_WRITE_FAILED"
  // transcript
  | "TRANSCRIPT_MALFORMED"
  | "TRANSCRIPT_UNKNOWN_INTENT"
  | "TRANSCRIPT_SETTLED_TWICE"
  | "TRANSCRIPT_UNSETTLED"
  | "TRANSCRIPT_BODY_CHANGED"
  | "TRANSCRIPT_BODY_TOO_LARGE"
  | "TRANSCRIPT_OTHER_REGISTRATION"
  | "TRANSCRIPT_OTHER_TARGET"
  | "TRANSCRIPT_MISSING"
  | "TRANSCRIPT_UNEXPECTED"
  | "TRANSCRIPT_ENTRIES"
  | "TRANSCRIPT_ROOT"
  // excerpts of a transcript
  | "EXCERPT_EMPTY"
  | "EXCERPT_RANGE"
  | "EXCERPT_TOO_LARGE"
  | "EXCERPT_MALFORMED"
  | "EXCERPT_FILE_MISSING"
  | "EXCERPT_FILE_UNKNOWN"
  | "EXCERPT_STATEMENT"
  | "EXCERPT_OBSERVATION"
  | "EXCERPT_ROOT"
  | "EXCERPT_LINES"
  | "EXCERPT_UNPROVEN"
  | "EXCERPT_INCOMPLETE"
  // Merkle tree and sub-keys
  | "MERKLE_INDEX"
  | "SUB_KEY_INVALID"
  | "SUB_KEY_UNPROVEN"
  // signature
  | "KEY_INVALID"
  | "SIGNATURE_MALFORMED"
  | "SIGNATURE_INVALID"
  | "SIGNATURE_OTHER_KEY"
  // archive
  | "ZIP_TOO_LARGE"
  | "ZIP_PREFIX"
  | "ZIP_TRAILING"
  | "ZIP_TRUNCATED"
  | "ZIP_FRAME"
  | "ZIP_METHOD"
  | "ZIP_NAME"
  | "ZIP_DUPLICATE"
  | "ZIP_COLLISION"
  | "ZIP_ORDER"
  | "ZIP_TOO_MANY_ENTRIES"
  | "ZIP_ENTRY_TOO_LARGE"
  | "ZIP_CONTENT_TOO_LARGE"
  | "ZIP_BOMB"
  | "ZIP_INFLATE"
  | "ZIP_CHECKSUM"
  // bundle
  | "BUNDLE_MANIFEST"
  | "BUNDLE_VERSION"
  | "BUNDLE_RESERVED_NAME"
  | "BUNDLE_FILE_MISSING"
  | "BUNDLE_FILE_UNLISTED"
  | "BUNDLE_FILE_CHANGED"
  | "BUNDLE_FILE_UNKNOWN"
  | "BUNDLE_EXISTS"
  // what the bundle says
  | "REGISTRATION_MALFORMED"
  | "REGISTRATION_BASIS"
  | "REGISTRATION_SKETCH"
  | "REGISTRATION_CHAIN"
  | "OBSERVATION_MALFORMED"
  | "OBSERVATION_SEAL"
  | "OBSERVATION_STRUCTURE"
  | "OBSERVATION_FILE_MISSING"
  | "OBSERVATION_FILE_UNLISTED"
  | "OBSERVATION_FILE_CHANGED"
  | "OBSERVATION_OTHER_REGISTRATION"
  | "CONCLUSION_MALFORMED"
  | "CONCLUSION_DISAGREES"
  | "CONCLUSION_OTHER_REGISTRATION"
  | "CONCLUSION_OTHER_OBSERVATION"
  | "CONCLUSION_UNCOUNTED"
  | "RESIDUAL_DIFFERS"
  | "STATISTIC_DIFFERS"
  | "PAYLOAD_DIFFERS"
  | "DISCLOSURE_MALFORMED"
  | "DISCLOSURE_OTHER_REGISTRATION"
  | "DISCLOSURE_OTHER_SUB_KEY"
  // what a court reads
  | "KEYS_DIFFER"
  | "ENVELOPE_MALFORMED"
  | "ENVELOPE_SIGNATURE"
  | "STATEMENT_DIFFERS"
  | "STATISTICS_DIFFER"
  | "CUSTODY_DIFFERS"
  | "REPORT_DIFFERS"
  | "BOM_DIFFERS"
  | "INSTRUCTIONS_UNKNOWN"
  // customers and logged queries
  | "CUSTOMERS_MALFORMED"
  | "CUSTOMERS_DUPLICATE"
  | "CUSTOMERS_OTHER_REGISTRATION"
  | "CUSTOMERS_CUT"
  | "QUERY_LOG_MALFORMED"
  | "QUERY_LOG_OTHER_REGISTRATION"
  // what is signed line by line: trade secrets and terms
  | "SIGNED_LINE_MALFORMED"
  | "SIGNED_LINE_SIGNATURE"
  | "SIGNED_CHAIN_OTHER_REGISTRATION"
  | "NOTED_CHAIN_CUT"
  | "SECRET_MALFORMED"
  | "SECRET_REFERENCE"
  | "TERMS_MALFORMED"
  | "TERMS_DUPLICATE"
  | "TERMS_TEXT"
  // what customers accepted, and traces
  | "ACCEPTANCES_MALFORMED"
  | "ACCEPTANCES_OTHER_REGISTRATION"
  | "ACCEPTANCE_CHANGED"
  | "ACCEPTANCE_SIGNATURE"
  | "ACCEPTANCE_TERMS"
  | "ACCEPTANCE_MISSING"
  | "TRACE_MALFORMED"
  | "TRACE_DISAGREES"
  // timestamps
  | "CERTIFICATE_MALFORMED"
  | "TIMESTAMP_MALFORMED"
  | "TIMESTAMP_REFUSED"
  | "TIMESTAMP_IMPRINT"
  | "TIMESTAMP_NONCE"
  | "TIMESTAMP_POLICY"
  | "TIMESTAMP_SIGNER"
  | "TIMESTAMP_USAGE"
  | "TIMESTAMP_BINDING"
  | "TIMESTAMP_ALGORITHM"
  | "TIMESTAMP_SIGNATURE"
  | "TIMESTAMP_CHAIN"
  | "TIMESTAMP_MISSING"
  | "TIMESTAMP_UNEXPECTED"
  | "TIMESTAMP_LATE"
  // beacons
  | "BEACON_CHAIN"
  | "BEACON_MALFORMED"
  | "BEACON_ROUND"
  | "BEACON_SIGNATURE"
  | "BEACON_MISSING"
  | "BEACON_UNEXPECTED"
  // plans
  | "PLAN_MALFORMED"
  | "PLAN_MISSING"
  | "PLAN_UNEXPECTED"
  | "PLAN_OTHER"
  | "PLAN_OTHER_REGISTRATION"
  | "PLAN_OTHER_SUSPECT"
  | "PLAN_OTHER_POOL"
  | "PLAN_UNCOUNTED"
  | "PLAN_LATE"
  | "PLAN_BEACON_EARLY"
  | "PLAN_BUDGET"
  | "PLAN_LOOKS"
  | "PLAN_PROBES"
  | "PLAN_LEVEL"
  | "PLAN_STATISTICS"
  | "PLAN_DRAW"
  | "PLAN_FRESH"
  // whoever observed
  | "OBSERVER_MALFORMED"
  | "OBSERVER_SIGNATURE"
  // anything that no step foresaw
  | "EVIDENCE_UNREADABLE";

/** What was wrong with a piece of evidence, with what to do about it. */
export class EvidenceError extends Error {
  override readonly name = "EvidenceError";
  readonly code: EvidenceErrorCode;
  readonly hint: string;

  constructor(code: EvidenceErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/** What to do about any alteration of evidence that was once whole. */
export const ASK_FOR_ORIGINAL = "Ask for the original file; this copy was changed or damaged.";

/** An alteration: evidence that is not as it was made. */
export function altered(code: EvidenceErrorCode, message: string, options?: ErrorOptions): EvidenceError {
  return new EvidenceError(code, message, ASK_FOR_ORIGINAL, options);
}
