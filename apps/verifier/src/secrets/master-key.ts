import { constants } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { VerifierError } from "../error.js";
import { KEY_BYTES } from "./secret-box.js";

/** A key in hexadecimal has 64 characters; whatever is far longer is another file. */
const MAX_FILE_BYTES = 1024;
const HEX = /^[0-9a-f]{64}$/i;

/** What a key file holds. */
export function keyText(key: Uint8Array): string {
  return `${Buffer.from(key).toString("hex")}\n`;
}

/** @throws VerifierError CONFIG_INVALID @param place as messages call it */
export function parseKey(text: string, place: string): Uint8Array {
  if (HEX.test(text.trim())) return new Uint8Array(Buffer.from(text.trim(), "hex"));
  throw new VerifierError(
    "CONFIG_INVALID",
    `${place} holds no secret key`,
    `It has ${KEY_BYTES} random bytes in hexadecimal, as from \`openssl rand -hex ${KEY_BYTES}\`.`,
  );
}

/**
 * Read a secret key, which only its owner may read.
 *
 * @returns null where there is no such file
 * @throws VerifierError CONFIG_INVALID
 */
export async function readKey(file: string): Promise<Uint8Array | null> {
  try {
    const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const status = await handle.stat();
      const isOpen = process.platform !== "win32" && (status.mode & 0o077) !== 0;
      if (!status.isFile() || status.size > MAX_FILE_BYTES) throw unfit(file, "is no key file");
      if (isOpen) throw unfit(file, "is open to other users");
      return parseKey(await handle.readFile("utf8"), path.basename(file));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** Make a secret key in a file of mode 0600. Where another process made one meanwhile, that one counts. */
export async function makeKey(file: string): Promise<Uint8Array> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const key = new Uint8Array(randomBytes(KEY_BYTES));
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.writeFile(keyText(key));
      await handle.sync();
    } finally {
      await handle.close();
    }
    return key;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    const other = await readKey(file);
    if (other === null) throw error;
    return other;
  }
}

function unfit(file: string, what: string): VerifierError {
  return new VerifierError("CONFIG_INVALID", `${file} ${what}`, "Run chmod 600 on it, or name another.");
}
