import { readFile } from "node:fs/promises";
import { p256PublicKey } from "@indicia/evidence/p256";
import { addModel, type Signing } from "@indicia/vault/add-model";
import { filesOf } from "@indicia/vault/vault-index";
import type { Context, Job } from "./context.js";
import { counted } from "./counted.js";
import { readKeyFile } from "./key-file.js";
import type { VaultAddOptions } from "./vault-options.js";
import { signerSeeds } from "./signer-seeds.js";
import { lockOf, signerOf } from "./vault-secrets.js";

/** `indicia vault add`: encrypt a model into a vault. */
export const vaultAdd: Job<VaultAddOptions> = async (options, context) => {
  const started = performance.now();
  const stored = await addModel(options.vault, {
    name: options.name,
    model: options.model,
    lock: options.lock === null ? null : await lockOf(options.lock, context),
    signing: await signingOf(options, context),
    clock: context.now,
  });
  const { name, model, external, signer, sealing } = stored;
  const bytes = filesOf(stored).reduce((sum, file) => sum + file.bytes, 0);
  context.say(
    `${name} is in the vault: ${counted(bytes, "byte")} in ${counted(1 + external.length, "file")}, ${signer === null ? "not signed" : "signed"}.`,
  );
  context.say(`The file ${options.model} still lies where it was, in the clear.`);
  return {
    exitCode: 0,
    report: {
      name,
      sha256: model.sha256,
      bytes,
      files: filesOf(stored).map(({ name: file, sha256, bytes: size }) => ({ file, sha256, bytes: size })),
      signer,
      sealing,
      seconds: (performance.now() - started) / 1000,
    },
  };
};

async function signingOf({ signing }: VaultAddOptions, context: Context): Promise<Signing | null> {
  if (signing === null) return null;
  if (signing.kind === "given")
    return {
      kind: "given",
      signature: await readFile(signing.signature),
      signer: await signerOf(signing.signerKey),
    };
  const { p256 } = signerSeeds(await readKeyFile(signing.key, context));
  return { kind: "sign", seed: p256, signer: Buffer.from(p256PublicKey(p256)).toString("hex") };
}
