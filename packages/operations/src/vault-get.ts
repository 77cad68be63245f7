import { readdirSync } from "node:fs";
import path from "node:path";
import { getModel, type GetRequest, type Marked } from "@indicia/vault/get-model";
import type { Context, Job } from "./context.js";
import { mark } from "./mark.js";
import type { VaultGetOptions } from "./vault-options.js";
import { signerOf, unlockOf } from "./vault-secrets.js";

/** `indicia vault get`: hand out a model, marked for whoever gets it where a registration is given. */
export const vaultGet: Job<VaultGetOptions> = async (options, context) => {
  const { name, to, encryptTo, out, signerKey } = options;
  let marking: Readonly<Record<string, unknown>> | null = null;
  const handed = await getModel(options.vault, {
    name,
    unlock: await unlockOf(options.secret, context),
    recipient: to,
    encryptTo,
    out,
    signer: signerKey === null ? null : await signerOf(signerKey),
    clock: context.now,
    mark: markOf(options, context, (report) => {
      marking = report;
    }),
  });
  context.say(`${to} gets ${name}: ${handed.files.join(", ")}. The audit log says so.`);
  return { exitCode: 0, report: { name, to, ...handed, encryptedTo: encryptTo, marking } };
};

function markOf(
  { mark: options }: VaultGetOptions,
  context: Context,
  tell: (report: Readonly<Record<string, unknown>>) => void,
): NonNullable<GetRequest["mark"]> | null {
  if (options === null) return null;
  return {
    payload: options.payload,
    async write(from, to): Promise<Marked> {
      const { report } = await mark({ ...options, model: from, out: to }, context);
      const { out: _, signature: __, ...rest } = report;
      tell(rest);
      const main = path.basename(to);
      const entries = readdirSync(path.dirname(to), { recursive: true, withFileTypes: true });
      const files = entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(path.dirname(to), path.join(entry.parentPath, entry.name)));
      return { sha256: String(report["sha256"]), external: files.filter((file) => file !== main) };
    },
  };
}
