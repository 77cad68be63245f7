import { randomBytes } from "node:crypto";
import type { Context, Job } from "./context.js";
import { KEY_BYTES, writeKeyFile } from "./key-file.js";
import { askNewPassphrase, passphraseFrom } from "./passphrase.js";
import type { KeyNewOptions } from "./options.js";

/** `indicia key new`: make an owner key. */
export const keyNew: Job<KeyNewOptions> = async (options, context) => {
  const passphrase = await choosePassphrase(options.passphrase, context);
  await writeKeyFile(options.out, randomBytes(KEY_BYTES), passphrase);
  const encrypted = passphrase !== null;
  context.say(
    encrypted
      ? `${options.out} holds the new owner key, encrypted. Without its passphrase it is lost.`
      : `${options.out} holds the new owner key in the clear. Keep it and a copy where only you can read them.`,
  );
  return { exitCode: 0, report: { key: options.out, encrypted } };
};

async function choosePassphrase(
  source: KeyNewOptions["passphrase"],
  context: Context,
): Promise<string | null> {
  if (source === "none") return null;
  return source === "ask"
    ? askNewPassphrase(context)
    : passphraseFrom(source.environment, context.environment);
}
