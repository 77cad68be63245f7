import { canonicalBytes } from "./canonical.js";
import type { DossierParts } from "./dossier-parts.js";
import type { ConclusionFile, Witness } from "./conclusion-format.js";
import { NULL_HYPOTHESIS } from "./statistics.js";

/** What the predicate of an evidence statement means; it never changes. */
const EVIDENCE_PREDICATE = "urn:indicia:evidence:v1";

interface Subject {
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

/** An in-toto Statement v1 of what a bundle claims (https://in-toto.io/Statement/v1). */
export interface EvidenceStatement {
  readonly _type: "https://in-toto.io/Statement/v1";
  readonly subject: Subject[];
  readonly predicateType: typeof EVIDENCE_PREDICATE;
  readonly predicate: {
    readonly verdict: ConclusionFile["verdict"];
    readonly standing: ConclusionFile["standing"];
    readonly standingReasons: string[];
    readonly claim: string;
    readonly nullHypothesis: string;
    readonly statistic: string | null;
    readonly T: number | null;
    /** Of the strongest statistic after all corrections, and what a key of 256 bits certifies of it. */
    readonly lnPIdeal: number;
    readonly lnP: number;
    readonly level: number;
    readonly corrections: Witness["corrections"];
    readonly controls: ConclusionFile["controls"];
    readonly limits: string[];
    readonly concluded: string;
  };
}

/** The statement of a bundle: about the suspect, the reference, the registration, and what was sealed and concluded. */
export function evidenceStatement({
  registration,
  observation,
  conclusion,
  plan,
}: DossierParts): EvidenceStatement {
  const { file } = conclusion;
  const [best] = file.witnesses;
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [
      ...suspectSubjects(observation.file),
      subject("reference", registration.file.reference.sha256),
      subject("registration/registration.json", registration.commitment),
      ...(plan === null ? [] : [subject("plan/plan.json", plan.plan.sha256)]),
      subject("observation/observation.json", observation.seal),
      subject("conclusion.json", conclusion.sha256),
    ],
    predicateType: EVIDENCE_PREDICATE,
    predicate: {
      verdict: file.verdict,
      standing: file.standing,
      standingReasons: [...file.standingReasons],
      claim: file.claim,
      nullHypothesis: NULL_HYPOTHESIS.words,
      statistic: best?.statistic ?? null,
      T: best?.T ?? null,
      lnPIdeal: file.log10PIdeal * Math.LN10,
      lnP: file.log10P * Math.LN10,
      level: file.level,
      corrections: [...(best?.corrections ?? [])],
      controls: { ...file.controls },
      limits: [...file.limits],
      concluded: file.concluded,
    },
  };
}

/** Canonical bytes of the statement: statement.json, and what is signed. */
export function statementBytes(parts: DossierParts): Uint8Array {
  return canonicalBytes(evidenceStatement(parts));
}

/** A suspect is known by its file, or by all that was recorded of its answers. */
function suspectSubjects({ suspect, transcript }: DossierParts["observation"]["file"]): Subject[] {
  const subjects: Subject[] = [];
  if (suspect.sha256 !== undefined) subjects.push(subject(`suspect: ${suspect.target}`, suspect.sha256));
  if (transcript !== null)
    subjects.push(
      subject(`suspect: ${suspect.target}; Merkle root (RFC 9162) of its transcript`, transcript.root),
    );
  return subjects;
}

function subject(name: string, sha256: string): Subject {
  return { name, digest: { sha256 } };
}
