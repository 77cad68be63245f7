import { rotateVault } from "@indicia/vault/rotate";
import type { Job } from "./context.js";
import { counted } from "./counted.js";
import type { VaultRotateOptions } from "./vault-options.js";
import { lockOf, unlockOf } from "./vault-secrets.js";

/** `indicia vault rotate`: encrypt every model anew. */
export const vaultRotate: Job<VaultRotateOptions> = async (options, context) => {
  const progress = context.progress("encrypting anew");
  try {
    const rotated = await rotateVault(options.vault, {
      unlock: await unlockOf(options.secret, context),
      lock: await lockOf(options.lock, context),
      clock: context.now,
      onProgress: (_, done, total) => progress.update(done, total),
    });
    progress.stop();
    context.say(
      `${counted(rotated.models.length, "model")} encrypted anew, to ${rotated.recipients.join(", ")}.`,
    );
    context.say("Copies of the old files can still be opened by whoever could open them before.");
    return { exitCode: 0, report: { ...rotated } };
  } finally {
    progress.stop();
  }
};
