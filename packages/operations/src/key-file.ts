import { constants } from "node:fs";
import fs from "node:fs/promises";
import { armor, Decrypter, Encrypter } from "age-encryption";
import type { Context } from "./context.js";
import { OperationError } from "./error.js";
import { writeNewFile } from "./new-file.js";
import { askPassphrase, passphraseFrom } from "./passphrase.js";

/** Length of an owner key in bytes. */
export const KEY_BYTES = 32;
/** An encrypted key file is below 1 KiB; anything far larger is another file, not worth reading. */
const MAX_FILE_BYTES = 16 * 1024;
/** log2 of scrypt's cost, age's own default: about one second, and 256 MiB. */
const WORK_FACTOR = 18;
const MARKER = "indicia-key-1";
const ARMOUR = "-----BEGIN AGE ENCRYPTED FILE-----";

/** Where an operation finds the owner key: in a file, or with whoever calls it. */
export type KeySource =
  | {
      readonly path: string;
      /** Name of the environment variable that holds the passphrase, or null to ask where one is needed. */
      readonly passphraseEnv: string | null;
    }
  | {
      /** 32 bytes. */
      readonly held: Uint8Array;
    };

/**
 * Write a key file of mode 0600 that was not there before: the line `indicia-key-1` and the key in hexadecimal; with a
 * passphrase, that text as an armoured age file (https://age-encryption.org/v1, the scrypt recipient).
 *
 * @param key 32 bytes
 * @throws OperationError KEY_FILE_EXISTS
 */
export async function writeKeyFile(
  file: string,
  key: Uint8Array,
  passphrase: string | null,
  options: { readonly workFactor?: number } = {},
): Promise<void> {
  const text = keyFileText(key);
  const stored =
    passphrase === null ? text : await encrypt(text, passphrase, options.workFactor ?? WORK_FACTOR);
  try {
    await writeNewFile(file, Buffer.from(stored), 0o600);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    throw new OperationError(
      "KEY_FILE_EXISTS",
      `${file} is already there, and a key is never overwritten`,
      "Choose another name.",
      { cause: error },
    );
  }
}

/** What a key file in the clear holds. @param key 32 bytes */
export function keyFileText(key: Uint8Array): string {
  return `${MARKER}\n${Buffer.from(key).toString("hex")}\n`;
}

/**
 * Read the owner key, asking for the passphrase where one is needed.
 *
 * @returns 32 bytes
 * @throws OperationError KEY_FILE_MODE where others may read it, KEY_FILE_MALFORMED, PASSPHRASE_REQUIRED, PASSPHRASE_WRONG
 */
export async function readKeyFile(
  source: KeySource,
  context: Pick<Context, "askSecret" | "environment">,
): Promise<Uint8Array> {
  if ("held" in source) return source.held;
  const { path: file, passphraseEnv } = source;
  const stored = await readProtected(file);
  if (!stored.startsWith(ARMOUR)) return decodeKey(stored, file);
  const passphrase =
    passphraseEnv === null
      ? await askPassphrase(file, context)
      : passphraseFrom(passphraseEnv, context.environment);
  return decodeKey(await decrypt(stored, passphrase, file), file);
}

async function readProtected(file: string): Promise<string> {
  // Without O_NONBLOCK a named pipe would keep us waiting for ever. Windows lacks both the flag and such pipes.
  const handle = await fs.open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const status = await handle.stat();
    if (!status.isFile() || status.size > MAX_FILE_BYTES) throw malformed(file);
    const mode = status.mode & 0o777;
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new OperationError(
        "KEY_FILE_MODE",
        `${file} is open to other users (mode ${mode.toString(8).padStart(4, "0")})`,
        `Run chmod 600 on it, and make a new key if somebody may have read it.`,
      );
    }
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

async function encrypt(text: string, passphrase: string, workFactor: number): Promise<string> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(workFactor);
  return `${armor.encode(await encrypter.encrypt(text)).trimEnd()}\n`;
}

async function decrypt(stored: string, passphrase: string, file: string): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return await decrypter.decrypt(armor.decode(stored), "text");
  } catch (error) {
    // The library has no codes; this is its sentence for "no passphrase opens it".
    if (error instanceof Error && error.message.startsWith("no identity matched")) {
      throw new OperationError("PASSPHRASE_WRONG", `the passphrase does not open ${file}`, "Try again.", {
        cause: error,
      });
    }
    throw malformed(file, error);
  }
}

function decodeKey(text: string, file: string): Uint8Array {
  const match = /^indicia-key-1\r?\n([0-9a-f]{64})\s*$/.exec(text);
  const digits = match?.[1];
  if (digits === undefined) throw malformed(file);
  return Uint8Array.from(Buffer.from(digits, "hex"));
}

function malformed(file: string, cause?: unknown): OperationError {
  return new OperationError(
    "KEY_FILE_MALFORMED",
    `${file} is not an owner key`,
    "Make one with `indicia key new`.",
    {
      cause,
    },
  );
}
