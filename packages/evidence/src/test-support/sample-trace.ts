import { customerCommitment, customerKey, GATEWAY_SUB_KEY } from "@indicia/proof/customer-keys";
import { carrierSalt, carrierSeed } from "@indicia/proof/keys";
import { portableKeystream } from "@indicia/proof/keystream";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { acceptedTerms, type AcceptedTerms } from "../accepted-terms.js";
import { type Acceptance, readAcceptances, signAcceptance } from "../acceptances.js";
import { makeBundle, readBundle } from "../bundle.js";
import { canonicalBytes, parseCanonical, portableSha256, sha256Hex } from "../canonical.js";
import { chainLineBytes, chainStart } from "../chain.js";
import { readCustomers } from "../customers.js";
import { makeDisclosure } from "../disclosure.js";
import { drawTrace } from "../draw-trace.js";
import type { TermsEntry } from "../terms.js";
import type { ObservationFile } from "../observation-format.js";
import type { RegistrationFile } from "../registration-format.js";
import { publicKey } from "../sign.js";
import { readSignedChain, type SignedChainKind, signedBegin, signedBody } from "../signed-chain.js";
import { keyBinding, type SignerSeeds } from "../signer-keys.js";
import type { TraceFile } from "../trace-formats.js";
import { chainBytes, type LooseLine } from "./sample-chain.js";
import { makeSample } from "./sample-bundle.js";
import { SAMPLE_P256_SEED, SAMPLE_SEED, SAMPLE_SUB_KEYS, SAMPLE_TIME } from "./sample-facts.js";

const SEEDS: SignerSeeds = { ed25519: SAMPLE_SEED, p256: SAMPLE_P256_SEED };
/** Seed with which carol signs. */
export const CAROL_SEED: Uint8Array = new Uint8Array(32).fill(6);
const TEXT = "Answers may not be used to train another model.\n";
/** SHA-256 of the text of the sample's terms. */
export const TEXT_HASH: string = sha256Hex(utf8ToBytes(TEXT));

/** What a tampering test may put in the place of a part; everything else is made and signed to fit. */
export interface TraceChanges {
  /** Customers whom the trace claims to name, without any evidence for it; else it is drawn honestly. */
  readonly named?: readonly string[];
  readonly trace?: Partial<TraceFile>;
  readonly terms?: readonly LooseLine[];
  readonly acceptances?: (commitment: string) => readonly Acceptance[];
  readonly accepted?: (accepted: AcceptedTerms) => unknown;
  /** Lines of the registration's chain after what was noted. */
  readonly noted?: (lines: readonly LooseLine[]) => readonly LooseLine[];
  readonly files?: (files: Map<string, Uint8Array>) => void;
}

export interface SampleTrace {
  readonly bundle: Uint8Array;
  /** Of the gateway's sub-key. */
  readonly disclosure: Uint8Array;
}

/** A chain of signed lines. */
export function signedChainBytes(
  kind: SignedChainKind,
  registration: string,
  lines: readonly LooseLine[],
): Uint8Array {
  let prev = chainStart(kind);
  const begin = { type: "begin", body: signedBegin(kind, registration, keyBinding(SEEDS)) };
  const texts = [begin, ...lines].map(({ type, body: entry }, index) => {
    const line = { index, prev, time: SAMPLE_TIME, type };
    const bytes = chainLineBytes({ ...line, body: signedBody(kind, { ...line, entry }, SEEDS.p256) });
    prev = sha256Hex(bytes);
    return `${new TextDecoder().decode(bytes)}\n`;
  });
  return utf8ToBytes(texts.join(""));
}

/** The one version of the sample's terms. */
export const SAMPLE_VERSION: TermsEntry = {
  version: "2025-01",
  effective: "2025-01-01",
  sha256: TEXT_HASH,
  text: TEXT,
};
/** The terms of the sample. */
export const SAMPLE_TERMS: readonly LooseLine[] = [{ type: "terms", body: SAMPLE_VERSION }];

/** Carol accepts with her own key, dave by the gateway's record, and erin never does. */
function sampleAcceptances(registration: string): readonly Acceptance[] {
  const text = { version: "2025-01", sha256: TEXT_HASH };
  return [
    { customer: "dave", ...text, address: "44".repeat(32), signature: null },
    {
      customer: "carol",
      ...text,
      address: null,
      signature: signAcceptance(CAROL_SEED, { registration, customer: "carol", ...text }),
    },
  ];
}

/** A small whole bundle of a trace; the same bytes each time. */
export function makeSampleTrace(changes: TraceChanges = {}): SampleTrace {
  const { commitment, seal, ...plain } = sample();
  const files = new Map(plain.files);
  const { customers, trace } = plain;
  const register = readCustomers(customers);
  const named = changes.named === undefined ? trace : claiming(trace, changes.named);
  const claimed: TraceFile = { ...named, ...changes.trace };
  const terms = signedChainBytes("terms", commitment, changes.terms ?? SAMPLE_TERMS);
  const chain = readSignedChain(terms, { kind: "terms" });
  const log = readAcceptances(
    chainBytes("acceptances", [
      { type: "begin", body: { version: 1, kind: "indicia acceptances", registration: commitment } },
      ...(changes.acceptances ?? sampleAcceptances)(commitment).map((body) => ({ type: "accepted", body })),
    ]),
  );
  const accepted = acceptedTerms(log, claimed.named, portableSha256);
  const lines: readonly LooseLine[] = [
    { type: "registration", body: { commitment } },
    { type: "customers", body: { entries: register.entries.length, head: register.head } },
    { type: "terms", body: { entries: chain.hashes.length, head: chain.head } },
    { type: "acceptances", body: accepted.log },
    {
      type: "observation",
      body: { seal, purpose: "trace", suspect: { protocol: "json", target: "http://suspect.example" } },
    },
  ];
  files.set("registration/chain.jsonl", chainBytes("registration", changes.noted?.(lines) ?? lines));
  files.set("customers.jsonl", customers);
  files.set("trace.json", canonicalBytes(claimed));
  files.set("terms/terms.jsonl", terms);
  files.set("terms/accepted.json", canonicalBytes(changes.accepted?.(accepted) ?? accepted));
  changes.files?.(files);
  return {
    bundle: makeBundle(files, SAMPLE_SEED),
    disclosure: makeDisclosure(commitment, SAMPLE_SUB_KEYS, GATEWAY_SUB_KEY),
  };
}

interface Drawn {
  readonly commitment: string;
  readonly seal: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly customers: Uint8Array;
  readonly trace: TraceFile;
}

let kept: Drawn | null = null;

/** What all samples have alike, made once. */
function sample(): Drawn {
  if (kept !== null) return kept;
  const { commitment, seal, bundle } = makeSample();
  const files = new Map(readBundle(bundle).files);
  files.delete("conclusion.json");
  const gateway = SAMPLE_SUB_KEYS[GATEWAY_SUB_KEY] ?? new Uint8Array(32);
  const customers = chainBytes("customers", [
    { type: "register", body: { registration: commitment } },
    ...["carol", "dave", "erin"].map((id) => ({
      type: "customer",
      body: {
        id,
        committed: customerCommitment(customerKey(gateway, id)),
        signer: id === "carol" ? bytesToHex(publicKey(CAROL_SEED)) : null,
      },
    })),
  ]);
  kept = { commitment, seal, files, customers, trace: drawn(files, commitment, seal, customers) };
  return kept;
}

function drawn(
  files: ReadonlyMap<string, Uint8Array>,
  commitment: string,
  seal: string,
  customers: Uint8Array,
): TraceFile {
  const gateway = SAMPLE_SUB_KEYS[GATEWAY_SUB_KEY] ?? new Uint8Array(32);
  const salt = carrierSalt(hexToBytes(commitment), null);
  const document = (name: string): unknown => parseCanonical(files.get(name) ?? new Uint8Array(0));
  const file = document("registration/registration.json") as RegistrationFile;
  return drawTrace({
    registration: { file, commitment },
    observation: {
      file: document("observation/observation.json") as ObservationFile,
      seal,
      files: { get: (name) => files.get(`observation/${name}`) },
    },
    logged: null,
    loggedStatistics: 0,
    register: readCustomers(customers),
    keys: {
      seed: carrierSeed(gateway, salt),
      customer: (id) => carrierSeed(customerKey(gateway, id), salt),
    },
    subKey: GATEWAY_SUB_KEY,
    position: 1,
    level: file.parameters.level,
    decoyKeys: file.parameters.decoyKeys,
    keystream: portableKeystream,
    concluded: SAMPLE_TIME,
  });
}

/** A trace that claims what nothing shows: enough to see what is said of the customers whom it names. */
function claiming(trace: TraceFile, named: readonly string[]): TraceFile {
  const customers = trace.customers
    .map((each) =>
      named.includes(each.customer) ? { ...each, verdict: "match" as const, log10P: -20 } : each,
    )
    .sort((a, b) => named.indexOf(b.customer) - named.indexOf(a.customer));
  const order = customers.filter(({ verdict }) => verdict === "match").map(({ customer }) => customer);
  return { ...trace, verdict: order.length > 0 ? "match" : "inconclusive", named: order, customers };
}
