import type { Check } from "@indicia/evidence/verify";
import { verifyBundle } from "@indicia/evidence/verify";
import { isExcerpt, verifyExcerpt } from "@indicia/evidence/verify-excerpt";

export interface ShownCheck {
  readonly name: string;
  readonly status: Check["status"];
  readonly detail: string;
  readonly code: string | null;
}

/** What a file claims, to be shown beside its checks and never without them. */
export interface Claimed {
  readonly verdict: "match" | "inconclusive";
  readonly standing: "anchored" | "exploratory";
  readonly claim: string;
  readonly log10P: number | null;
  readonly level: number | null;
  readonly concluded: string | null;
}

export interface CheckedEvidence {
  readonly kind: "evidence" | "trace" | "excerpt";
  readonly verified: boolean;
  readonly checks: readonly ShownCheck[];
  readonly claimed: Claimed | null;
}

/**
 * Check a bundle, trace or excerpt by nothing but itself. Bad evidence is reported, never thrown.
 *
 * @param bytes the whole file
 * @param disclosure a decrypted disclosure, or null: without it the figures are not computed again
 * @param onCheck is told of each check as it is done
 */
export function checkEvidence(
  bytes: Uint8Array,
  disclosure: Uint8Array | null,
  onCheck: (check: ShownCheck) => void,
): CheckedEvidence {
  const told = (check: Omit<ShownCheck, "code"> & { readonly code?: string }): ShownCheck => {
    const { name, status, detail, code = null } = check;
    return { name, status, detail, code };
  };
  if (isExcerpt(bytes)) {
    const { verified, checks } = verifyExcerpt(bytes);
    return { kind: "excerpt", verified, checks: checks.map(told), claimed: null };
  }
  const { verified, checks, contents } = verifyBundle(bytes, {
    ...(disclosure === null ? {} : { disclosure }),
    onCheck: (check) => onCheck(told(check)),
  });
  const { conclusion, trace } = contents;
  return {
    kind: trace === null ? "evidence" : "trace",
    verified,
    checks: checks.map(told),
    claimed:
      conclusion !== null
        ? pick(conclusion)
        : trace !== null
          ? {
              verdict: trace.verdict,
              standing: trace.standing,
              claim: trace.claim,
              log10P: null,
              level: null,
              concluded: null,
            }
          : null,
  };
}

function pick({ verdict, standing, claim, log10P, level, concluded }: Claimed): Claimed {
  return { verdict, standing, claim, log10P, level, concluded };
}
