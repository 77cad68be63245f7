import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { promisify } from "node:util";
import type { Unlock } from "./age-keys.js";
import { VaultError } from "./error.js";

/** Where a secret comes from: a file, an environment variable, or a command that prints it. */
export type KeySource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "command"; readonly program: string; readonly arguments: readonly string[] };

/** A file of identities has some lines; anything far larger is another file. */
const MAX_SECRET_BYTES: number = 64 * 1024;
/** A command may ask somebody to touch a token, and no longer. */
const COMMAND_MILLISECONDS = 60_000;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Identities as age-keygen writes them: one to a line, comments after #.
 *
 * @throws VaultError VAULT_KEY_MISSING, VAULT_KEY_MODE, VAULT_KEY_COMMAND, VAULT_KEY_MALFORMED
 */
export async function readIdentities(
  source: KeySource,
  environment: Environment = process.env,
): Promise<Unlock> {
  const text = await readSecret(source, environment);
  const identities = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  if (identities.length > 0 && identities.every((line) => line.startsWith("AGE-SECRET-KEY-")))
    return { kind: "identities", identities };
  throw new VaultError(
    "VAULT_KEY_MALFORMED",
    `${nameOf(source)} holds no age identities`,
    "Make some with age-keygen.",
  );
}

/**
 * A passphrase, without the newline that files and commands end in.
 *
 * @throws VaultError as `readIdentities`
 */
export async function readPassphrase(
  source: KeySource,
  environment: Environment = process.env,
): Promise<Unlock & { readonly kind: "passphrase" }> {
  const passphrase = (await readSecret(source, environment)).replace(/\r?\n$/, "");
  if (passphrase !== "") return { kind: "passphrase", passphrase };
  throw new VaultError("VAULT_KEY_MISSING", `${nameOf(source)} is empty`, "Put the passphrase there.");
}

async function readSecret(source: KeySource, environment: Environment): Promise<string> {
  switch (source.kind) {
    case "file":
      return await readProtected(source.path);
    case "environment": {
      const value = environment[source.name];
      if (value !== undefined) return value;
      throw new VaultError(
        "VAULT_KEY_MISSING",
        `the environment variable ${source.name} is not set`,
        "Set it, or name another.",
      );
    }
    case "command":
      return await printed(source);
  }
}

async function readProtected(file: string): Promise<string> {
  // Without O_NONBLOCK a named pipe would keep us waiting for ever. Windows lacks both the flag and such pipes.
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const status = await handle.stat();
    if (!status.isFile() || status.size > MAX_SECRET_BYTES)
      throw new VaultError("VAULT_KEY_MALFORMED", `${file} is no file of a key`, "Name the key's file.");
    const mode = status.mode & 0o777;
    if (process.platform !== "win32" && (mode & 0o077) !== 0)
      throw new VaultError(
        "VAULT_KEY_MODE",
        `${file} is open to other users (mode ${mode.toString(8).padStart(4, "0")})`,
        "Run chmod 600 on it, and rotate the vault if somebody may have read it.",
      );
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

/** Run without a shell. What it prints on stderr is for the user and passes; what it prints on stdout stays here. */
async function printed({ program, arguments: given }: KeySource & { kind: "command" }): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, [...given], {
      maxBuffer: MAX_SECRET_BYTES,
      timeout: COMMAND_MILLISECONDS,
    });
    return stdout;
  } catch (error) {
    const status = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    // The error of the platform repeats what was printed, which may be a key.
    throw new VaultError(
      "VAULT_KEY_COMMAND",
      `"${program}" gave no key${status}`,
      "Run it by hand: it has to print the key on stdout and end with 0.",
    );
  }
}

function nameOf(source: KeySource): string {
  if (source.kind === "file") return source.path;
  return source.kind === "environment" ? `the environment variable ${source.name}` : `"${source.program}"`;
}
