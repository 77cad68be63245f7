import { z } from "zod";
import { fromBase64, toBase64 } from "./base64.js";
import { portableSha256, type Sha256 } from "./canonical.js";
import { type ChainKind, type ChainLine, chainLineBytes, chainStart, readChain } from "./chain.js";
import { altered, EvidenceError } from "./error.js";
import { signP256, verifyP256 } from "./p256.js";
import { preAuthenticationEncoding } from "./sign.js";
import { type KeyBinding, keyBindingSchema, pointOf } from "./signer-keys.js";
import { hex32 } from "./scalars.js";

/** Chains of which every line is signed by the owner. */
export type SignedChainKind = Extract<ChainKind, "secrets" | "terms">;

/** Type of the first line, which says whose chain it is. */
export const BEGIN_LINE = "begin";
/** Type of a line that a crash makes necessary; the next signed line vouches for it. */
const RECOVERED_LINE = "recovered";

/** What the first line says. */
export interface SignedBegin {
  readonly version: 1;
  readonly kind: string;
  /** Commitment of the registration that it belongs to, hex. */
  readonly registration: string;
  /** Which P-256 key signs, by the word of the registered Ed25519 key. */
  readonly binding: KeyBinding;
}

/** A line whose signature is good. */
export interface SignedLine extends Omit<ChainLine, "body"> {
  /** What was signed with the line's place, time and type. */
  readonly entry: unknown;
}

/** A chain of which every line was signed with one key. */
export interface SignedChain {
  readonly begin: SignedBegin;
  /** Signed lines in their order, the first one included. */
  readonly lines: readonly SignedLine[];
  /** Hash of the last line, hex. */
  readonly head: string;
  /** Hash of every line, by its index: what was noted elsewhere has to be among them. */
  readonly hashes: readonly string[];
  /** Lines that a crash left unfinished; all that is known of them is that nobody was told of them. */
  readonly recoveries: number;
}

const TITLES: Readonly<Record<SignedChainKind, string>> = {
  secrets: "indicia trade secret register",
  terms: "indicia terms",
};

const bodySchema: z.ZodType<{ entry: unknown; signature: string }> = z.strictObject({
  entry: z.unknown(),
  signature: z.string().max(200),
});

const beginSchema: z.ZodType<SignedBegin> = z.strictObject({
  version: z.literal(1),
  kind: z.string(),
  registration: hex32,
  binding: keyBindingSchema,
});

/** What the first line of a chain says. */
export function signedBegin(kind: SignedChainKind, registration: string, binding: KeyBinding): SignedBegin {
  return { version: 1, kind: TITLES[kind], registration, binding };
}

/** A line before it is signed: its place, when it is written, and what it says. */
interface UnsignedLine {
  readonly index: number;
  readonly prev: string;
  readonly time: string;
  readonly type: string;
  readonly entry: unknown;
}

/**
 * Body of a signed line: ECDSA P-256 over SHA-256 of the DSSE pre-authentication encoding of the line as it would be
 * with the entry for its body. The signature so covers the place, the time and, by `prev`, everything before.
 */
export function signedBody(
  kind: SignedChainKind,
  line: UnsignedLine,
  seed: Uint8Array,
): { readonly entry: unknown; readonly signature: string } {
  return { entry: line.entry, signature: toBase64(signP256(seed, signedBytes(kind, line))) };
}

/**
 * Read a chain and hold every signature against the key that its first line names. Whether that key is the owner's is
 * said by `requireOwner`.
 *
 * @throws EvidenceError SIGNED_LINE_MALFORMED, SIGNED_LINE_SIGNATURE, KEYS_DIFFER, and those of a broken chain
 */
export function readSignedChain(
  bytes: Uint8Array,
  { kind, sha256 = portableSha256 }: { readonly kind: SignedChainKind; readonly sha256?: Sha256 },
): SignedChain {
  const { lines, head } = readChain(bytes, { kind, sha256 });
  return { ...readSignedLines(lines, kind), head };
}

/** The same for lines that were read already. */
export function readSignedLines(
  lines: readonly ChainLine[],
  kind: SignedChainKind,
): Omit<SignedChain, "head"> {
  const [first] = lines;
  const begin = first?.type === BEGIN_LINE ? beginOf(first, kind) : null;
  if (begin === null)
    throw altered("SIGNED_LINE_MALFORMED", `the ${kind} chain does not say which registration it is for`);
  const key = pointOf(begin.binding, begin.binding.ed25519);
  const signed: SignedLine[] = [];
  let prev = chainStart(kind);
  for (const line of lines) {
    if (line.type !== RECOVERED_LINE) signed.push(checkedLine(line, { kind, prev, key }));
    prev = line.hash;
  }
  return {
    begin,
    lines: signed,
    hashes: lines.map(({ hash }) => hash),
    recoveries: lines.length - signed.length,
  };
}

/**
 * Hold a chain against the registration that it should belong to.
 *
 * @throws EvidenceError SIGNED_CHAIN_OTHER_REGISTRATION, KEYS_DIFFER
 */
export function requireOwner(
  { begin }: Pick<SignedChain, "begin">,
  registration: { readonly commitment: string; readonly signer: string },
): void {
  if (begin.registration !== registration.commitment) {
    throw new EvidenceError(
      "SIGNED_CHAIN_OTHER_REGISTRATION",
      `the ${begin.kind} belongs to another registration`,
      "Give the file that was written for this one.",
    );
  }
  pointOf(begin.binding, registration.signer);
}

function checkedLine(
  line: ChainLine,
  { kind, prev, key }: { readonly kind: SignedChainKind; readonly prev: string; readonly key: Uint8Array },
): SignedLine {
  const parsed = bodySchema.safeParse(line.body);
  if (!parsed.success)
    throw altered("SIGNED_LINE_MALFORMED", `line ${line.index} of the ${kind} chain is not signed`);
  const { entry, signature } = parsed.data;
  const { index, time, type, bytes, hash } = line;
  if (!verifyP256(fromBase64(signature), signedBytes(kind, { index, prev, time, type, entry }), key))
    throw altered("SIGNED_LINE_SIGNATURE", `the signature of line ${index} of the ${kind} chain is not good`);
  return { index, time, type, bytes, hash, entry };
}

function beginOf(line: ChainLine, kind: SignedChainKind): SignedBegin | null {
  const body = bodySchema.safeParse(line.body);
  const begin = body.success ? beginSchema.safeParse(body.data.entry) : null;
  return begin?.success === true && begin.data.kind === TITLES[kind] ? begin.data : null;
}

function signedBytes(kind: SignedChainKind, { entry, ...line }: UnsignedLine): Uint8Array {
  const type = `application/vnd.indicia.${kind}-line+json; version=1`;
  return preAuthenticationEncoding({ type, payload: chainLineBytes({ ...line, body: entry }) });
}
