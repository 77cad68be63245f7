import {
  type Acceptance,
  type Acceptances,
  ACCEPTANCES_BEGIN,
  type AcceptancesBegin,
  ACCEPTED_LINE,
  readAcceptanceLines,
  type RecordedAcceptance,
} from "./acceptances.js";
import { openChain } from "./chain-file.js";
import { EvidenceError } from "./error.js";

/** A log of acceptances that is open for appending. */
export interface AcceptancesFile {
  /** What it held on opening. */
  readonly found: Pick<Acceptances, "entries">;
  /** Record an acceptance; resolves when it is on disk. */
  accept(acceptance: Acceptance): Promise<RecordedAcceptance>;
  close(): Promise<void>;
}

/**
 * Open a log of acceptances, or begin one.
 *
 * @throws EvidenceError ACCEPTANCES_OTHER_REGISTRATION, and those of `readAcceptances` and `openChain`
 */
export async function openAcceptances(
  file: string,
  { registration, clock }: { readonly registration: string; readonly clock: () => Date },
): Promise<AcceptancesFile> {
  const chain = await openChain(file, { kind: "acceptances", clock });
  try {
    const begin: AcceptancesBegin = { version: 1, kind: "indicia acceptances", registration };
    const lines = [...chain.found];
    if (lines.length === 0) lines.push(await chain.append(ACCEPTANCES_BEGIN, begin));
    const found = readAcceptanceLines(lines);
    requireSame(found, registration);
    return {
      found,
      async accept(acceptance) {
        const { index, time } = await chain.append(ACCEPTED_LINE, acceptance);
        return { index, time, ...acceptance };
      },
      close: () => chain.close(),
    };
  } catch (error) {
    await chain.close();
    throw error;
  }
}

function requireSame(found: Pick<Acceptances, "registration">, registration: string): void {
  if (found.registration === registration) return;
  throw new EvidenceError(
    "ACCEPTANCES_OTHER_REGISTRATION",
    "the log of acceptances belongs to another registration",
    "Name another file: each registration has its own log.",
  );
}
