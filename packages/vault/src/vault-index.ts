import { readFile } from "node:fs/promises";
import path from "node:path";
import { canonicalBytes, parseCanonical } from "@indicia/evidence/canonical";
import { writeDurably } from "@indicia/evidence/durable-file";
import { z } from "zod";
import { VaultError } from "./error.js";
import { type HandOut, handOutSchema } from "./hand-outs.js";

/** File of a vault that says what is in it. */
export const INDEX_FILE = "vault.json";
/** Names become flags, file names and lines of a log. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** To whom a model is encrypted. Two passphrases are told apart by a number. */
export type Sealing =
  | { readonly kind: "recipients"; readonly recipients: string[] }
  | { readonly kind: "passphrase"; readonly id: string };

/** One encrypted file. */
export interface StoredFile {
  /** Its name beside the model: of the model itself its own, otherwise the location of its external data. */
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of the plain file, hex. */
  readonly sha256: string;
  /** Name below objects/. */
  readonly object: string;
  /** OpenSSF signature of the file, base64, or null. */
  readonly signature: string | null;
}

/** One model. */
export interface StoredModel {
  readonly name: string;
  readonly added: string;
  readonly model: StoredFile;
  readonly external: StoredFile[];
  /** P-256 public key that the signatures were made with, uncompressed point, hex; null without signatures. */
  readonly signer: string | null;
  readonly sealing: Sealing;
}

/** vault.json */
export interface VaultIndex {
  readonly version: 1;
  readonly kind: "indicia vault";
  readonly sealing: Sealing;
  /** To whom models are being encrypted anew; null while nobody changes that. */
  readonly rotation: Sealing | null;
  readonly models: StoredModel[];
  /** Copies that customers may fetch; left out of the file where there are none, as it was before there were any. */
  readonly handOuts: HandOut[];
  /** The audit log when this was written: lines, and the hash of the last. */
  readonly audit: { readonly lines: number; readonly head: string };
}

const hash: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/);
const sealing: z.ZodType<Sealing> = z.union([
  z.strictObject({ kind: z.literal("recipients"), recipients: z.array(z.string()).min(1).max(1000) }),
  z.strictObject({ kind: z.literal("passphrase"), id: z.string().regex(/^[0-9a-f]{16}$/) }),
]);
const file: z.ZodType<StoredFile> = z.strictObject({
  name: z.string().min(1).max(1000),
  bytes: z.int().min(0),
  sha256: hash,
  object: z.string().regex(/^[0-9a-f]{32}\.age$/),
  signature: z.string().nullable(),
});
const schema: z.ZodType<VaultIndex> = z.strictObject({
  version: z.literal(1),
  kind: z.literal("indicia vault"),
  sealing,
  rotation: sealing.nullable(),
  models: z.array(
    z.strictObject({
      name: z.string().regex(NAME),
      added: z.string(),
      model: file,
      external: z.array(file),
      signer: z
        .string()
        .regex(/^04[0-9a-f]{128}$/)
        .nullable(),
      sealing,
    }),
  ),
  handOuts: z.array(handOutSchema).default([]),
  audit: z.strictObject({ lines: z.int().min(0), head: hash }),
});

/** @throws VaultError VAULT_MISSING, VAULT_MALFORMED */
export async function readIndex(folder: string): Promise<VaultIndex> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path.join(folder, INDEX_FILE));
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ENOENT")) throw cause;
    throw new VaultError(
      "VAULT_MISSING",
      `there is no vault in "${folder}"`,
      "Put a first model into it with `indicia vault add`.",
      { cause },
    );
  }
  try {
    return schema.parse(parseCanonical(bytes));
  } catch (cause) {
    throw new VaultError(
      "VAULT_MALFORMED",
      `"${INDEX_FILE}" is not what a vault wrote`,
      "Restore it from a copy.",
      { cause },
    );
  }
}

/** Write it complete, or leave it as it was. */
export async function writeIndex(folder: string, index: VaultIndex): Promise<void> {
  const { handOuts, ...rest } = index;
  await writeDurably(path.join(folder, INDEX_FILE), canonicalBytes(handOuts.length === 0 ? rest : index));
}

/** @throws VaultError VAULT_MODEL_UNKNOWN */
export function modelNamed(index: VaultIndex, name: string): StoredModel {
  const found = index.models.find((each) => each.name === name);
  if (found !== undefined) return found;
  throw new VaultError(
    "VAULT_MODEL_UNKNOWN",
    `the vault has no model ${JSON.stringify(name)}`,
    "See `indicia vault list`.",
  );
}

/** @throws VaultError VAULT_NAME */
export function requireName(name: string): void {
  if (NAME.test(name)) return;
  throw new VaultError(
    "VAULT_NAME",
    `${JSON.stringify(name.slice(0, 100))} is no name for a model`,
    "Use letters, digits and . _ -, at most 100 of them.",
  );
}

export function sameSealing(a: Sealing, b: Sealing): boolean {
  if (a.kind === "passphrase") return b.kind === "passphrase" && a.id === b.id;
  return b.kind === "recipients" && [...a.recipients].sort().join() === [...b.recipients].sort().join();
}

/** Files of a model, the model itself first. */
export function filesOf({ model, external }: StoredModel): readonly StoredFile[] {
  return [model, ...external];
}
