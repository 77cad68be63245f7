import { filesOf, readIndex, type Sealing } from "@indicia/vault/vault-index";
import type { Job } from "./context.js";
import { counted } from "./counted.js";
import type { VaultListOptions } from "./vault-options.js";

/** `indicia vault list`: what is in a vault. Needs no key. */
export const vaultList: Job<VaultListOptions> = async (options, context) => {
  const { models, sealing, rotation, audit } = await readIndex(options.vault);
  for (const model of models) {
    const bytes = filesOf(model).reduce((sum, file) => sum + file.bytes, 0);
    context.say(
      `${model.name}: ${counted(bytes, "byte")} in ${counted(filesOf(model).length, "file")}, ` +
        `${model.signer === null ? "not signed" : "signed"}, added ${model.added}, SHA-256 ${model.model.sha256}.`,
    );
  }
  context.say(`${counted(models.length, "model")}, encrypted to ${toldSealing(sealing)}.`);
  if (rotation !== null)
    context.say(
      `A rotation to ${toldSealing(rotation)} is not finished: run \`indicia vault rotate\` again.`,
    );
  return { exitCode: 0, report: { models, sealing, rotation, audit } };
};

/** A lock in words. */
export function toldSealing(sealing: Sealing): string {
  return sealing.kind === "passphrase" ? "whoever knows the passphrase" : sealing.recipients.join(", ");
}
