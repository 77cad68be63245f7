import { createPrivateKey } from "node:crypto";
import { open } from "node:fs/promises";
import { OperationError } from "./error.js";

/** A private key in PEM is a few lines. */
const MAX_PEM_BYTES = 16 * 1024;

/** Who observes, and signs the seal. */
export interface Observer {
  readonly name: string;
  /** Of an Ed25519 key, 32 bytes. */
  readonly seed: Uint8Array;
}

/**
 * The key of a party who observes: Ed25519 in PKCS #8, as `openssl genpkey -algorithm ed25519` makes it. It signs a seal
 * and nothing else; no carrier follows from it.
 *
 * @throws OperationError FILE_KIND
 */
export async function readObserver(given: {
  readonly name: string;
  readonly key: string;
}): Promise<Observer> {
  const handle = await open(given.key, "r");
  try {
    const { size } = await handle.stat();
    const pem = size > MAX_PEM_BYTES ? "" : await handle.readFile("utf8");
    const { kty, crv, d } = createPrivateKey(pem).export({ format: "jwk" });
    if (kty === "OKP" && crv === "Ed25519" && d !== undefined)
      return { name: given.name, seed: new Uint8Array(Buffer.from(d, "base64url")) };
  } catch (error) {
    if (error instanceof Error && "syscall" in error) throw error;
    throw wrongKey(given.key, error);
  } finally {
    await handle.close();
  }
  throw wrongKey(given.key);
}

function wrongKey(file: string, cause?: unknown): OperationError {
  return new OperationError(
    "FILE_KIND",
    `${file} holds no Ed25519 private key in PEM`,
    "Make one with: openssl genpkey -algorithm ed25519 -out observer.pem",
    { cause },
  );
}
