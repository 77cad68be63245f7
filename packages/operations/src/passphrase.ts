import type { Context } from "./context.js";
import { OperationError } from "./error.js";

type Asking = Pick<Context, "askSecret" | "environment">;

/**
 * The passphrase that an environment variable holds, exactly as it stands there.
 *
 * @throws OperationError PASSPHRASE_REQUIRED, PASSPHRASE_EMPTY
 */
export function passphraseFrom(variable: string, environment: Context["environment"]): string {
  const value = environment[variable];
  if (value === undefined) {
    throw new OperationError(
      "PASSPHRASE_REQUIRED",
      `the environment variable ${variable} is not set`,
      "Put the passphrase there, or name another variable with --passphrase-env.",
    );
  }
  return notEmpty(value, `the environment variable ${variable}`);
}

/**
 * A new passphrase, asked for twice.
 *
 * @throws OperationError PASSPHRASE_REQUIRED where nobody can be asked, PASSPHRASE_EMPTY, PASSPHRASE_DIFFERS
 */
export async function askNewPassphrase({ askSecret }: Asking): Promise<string> {
  if (askSecret === null) throw nobodyToAsk();
  const first = notEmpty(await askSecret("New passphrase"), "the passphrase");
  if ((await askSecret("The same again")) !== first) {
    throw new OperationError("PASSPHRASE_DIFFERS", "the two passphrases differ", "Start again.");
  }
  return first;
}

/**
 * The passphrase of a key file that turned out to be encrypted.
 *
 * @throws OperationError PASSPHRASE_REQUIRED, PASSPHRASE_EMPTY
 */
export async function askPassphrase(file: string, { askSecret }: Asking): Promise<string> {
  if (askSecret === null) throw nobodyToAsk();
  return notEmpty(await askSecret(`Passphrase of ${file}`), "the passphrase");
}

function notEmpty(passphrase: string, holder: string): string {
  if (passphrase !== "") return passphrase;
  throw new OperationError(
    "PASSPHRASE_EMPTY",
    `${holder} is empty`,
    "Choose a passphrase of several random words.",
  );
}

function nobodyToAsk(): OperationError {
  return new OperationError(
    "PASSPHRASE_REQUIRED",
    "a passphrase is needed and there is no terminal to ask at",
    "Put it into an environment variable and name that with --passphrase-env.",
  );
}
