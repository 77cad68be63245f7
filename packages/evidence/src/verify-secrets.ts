import type { ChainLine } from "./chain.js";
import { EvidenceError, type EvidenceErrorCode } from "./error.js";
import { readSecretRegister, type SecretRegister } from "./secret-register.js";
import type { Sha256 } from "./canonical.js";
import { type DatedLine, datedLines } from "./signed-chain-dates.js";
import { requireNotedLines } from "./noted-lines.js";
import { requireOwner } from "./signed-chain.js";
import type { ReadCertificate } from "./x509-certificate.js";

/** A step of the verification of a register of trade secrets. */
export interface SecretCheck {
  readonly name: "register" | "owner" | "registration chain" | "timestamps";
  readonly status: "passed" | "failed" | "not checked";
  readonly detail: string;
  readonly code?: EvidenceErrorCode;
}

export interface SecretsToVerify {
  /** The whole file. */
  readonly bytes: Uint8Array;
  readonly registration: { readonly commitment: string; readonly signer: string };
  /** Lines of the registration's chain. */
  readonly noted: readonly ChainLine[];
  /** Roots to hold timestamps against, in place of those that were kept with them. */
  readonly roots: readonly ReadCertificate[];
  readonly sha256?: Sha256;
}

/** Check a register: chain, signatures and entries; whose it is; that nothing noted is gone; its timestamps. */
export function verifySecrets(given: SecretsToVerify): {
  readonly verified: boolean;
  readonly checks: readonly SecretCheck[];
} {
  const checks: SecretCheck[] = [];
  const run = <T>(name: SecretCheck["name"], check: () => readonly [detail: string, found: T]): T | null => {
    try {
      const [detail, found] = check();
      checks.push({ name, status: "passed", detail });
      return found;
    } catch (error) {
      const code = error instanceof EvidenceError ? error.code : "EVIDENCE_UNREADABLE";
      const detail = error instanceof Error ? error.message : "could not be read";
      checks.push({ name, status: "failed", detail, code });
      return null;
    }
  };
  const register = run("register", () => {
    const read = readSecretRegister(given.bytes, given.sha256 === undefined ? {} : { sha256: given.sha256 });
    return [told(read), read];
  });
  if (register === null) {
    for (const name of ["owner", "registration chain", "timestamps"] as const)
      checks.push({ name, status: "not checked", detail: "needs register" });
    return { verified: false, checks };
  }
  const { chain } = register;
  run("owner", () => {
    requireOwner(chain, given.registration);
    return [`signed for the owner of ${given.registration.commitment}`, null];
  });
  run("registration chain", () => {
    const notes = requireNotedLines("secrets", chain.hashes, given.noted);
    return [`${notes} notes of the register, and every line that they name is in it`, null];
  });
  run("timestamps", () => [datesTold(datedLines(chain, given.roots)), null]);
  return { verified: checks.every(({ status }) => status !== "failed"), checks };
}

function told({ chain, entries }: SecretRegister): string {
  const crashes = chain.recoveries === 0 ? "" : `, ${chain.recoveries} recovered from a crash`;
  return `${chain.hashes.length} lines, ${entries.length} entries, every signature good${crashes}`;
}

function datesTold(dates: readonly DatedLine[]): string {
  if (dates.length === 0) return "there are none: no outside clock says when any line existed";
  return dates
    .map((each) => {
      const root =
        each.root === null
          ? "chain not checked for want of a root"
          : `chain checked to the ${each.rootFrom ?? "kept"} root "${each.root.subject}"`;
      return `line ${each.of} at ${each.time} by "${each.signer.subject}" (${root})`;
    })
    .join("; ");
}
