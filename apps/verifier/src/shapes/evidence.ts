/** One thing that was checked about evidence. */
export interface EvidenceCheck {
  readonly name: string;
  readonly status: "passed" | "failed" | "not checked";
  readonly detail: string;
  /** Of a check that failed; null otherwise. */
  readonly code: string | null;
}

/** The answer to `POST /evidence/verify`, of which the service keeps nothing. */
export interface EvidenceVerification {
  readonly sha256: string;
  readonly bytes: number;
  /** Whether no check failed. */
  readonly verified: boolean;
  readonly checks: readonly EvidenceCheck[];
  /** What the evidence claims; null where it claims nothing, or cannot be read. */
  readonly verdict: string | null;
  readonly standing: string | null;
  readonly log10P: number | null;
}
