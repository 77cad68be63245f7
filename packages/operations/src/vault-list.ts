import { type HandOut, isExpired } from "@indicia/vault/hand-outs";
import { filesOf, readIndex, type Sealing } from "@indicia/vault/vault-index";
import type { Job } from "./context.js";
import { counted } from "./counted.js";
import type { VaultListOptions } from "./vault-options.js";

/** `indicia vault list`: what is in a vault. Needs no key. */
export const vaultList: Job<VaultListOptions> = async (options, context) => {
  const { models, handOuts, sealing, rotation, audit } = await readIndex(options.vault);
  for (const model of models) {
    const bytes = filesOf(model).reduce((sum, file) => sum + file.bytes, 0);
    context.say(
      `${model.name}: ${counted(bytes, "byte")} in ${counted(filesOf(model).length, "file")}, ` +
        `${model.signer === null ? "not signed" : "signed"}, added ${model.added}, SHA-256 ${model.model.sha256}.`,
    );
    for (const handOut of handOuts.filter((each) => each.model === model.name))
      context.say(toldHandOut(handOut, context.now()));
  }
  context.say(`${counted(models.length, "model")}, encrypted to ${toldSealing(sealing)}.`);
  if (rotation !== null)
    context.say(
      `A rotation to ${toldSealing(rotation)} is not finished: run \`indicia vault rotate\` again.`,
    );
  return { exitCode: 0, report: { models, handOuts, sealing, rotation, audit } };
};

function toldHandOut(handOut: HandOut, now: Date): string {
  const { customer, files, encryptedTo, deposited, expires, copy } = handOut;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const until =
    expires === null ? "" : isExpired(handOut, now) ? `, expired ${expires}` : `, until ${expires}`;
  return (
    `  for ${customer}: ${counted(bytes, "byte")} in ${counted(files.length, "file")}, encrypted to ${encryptedTo}, ` +
    `deposited ${deposited}${until}, SHA-256 of the copy ${copy}.`
  );
}

/** A lock in words. */
export function toldSealing(sealing: Sealing): string {
  return sealing.kind === "passphrase" ? "whoever knows the passphrase" : sealing.recipients.join(", ");
}
