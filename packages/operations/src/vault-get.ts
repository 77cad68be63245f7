import { readdirSync } from "node:fs";
import path from "node:path";
import { depositCopy } from "@indicia/vault/deposit";
import { getModel } from "@indicia/vault/get-model";
import type { Marked, Marking } from "@indicia/vault/marked-copy";
import type { Context, Job, Outcome } from "./context.js";
import { mark } from "./mark.js";
import type { CopyMark, VaultDeposit, VaultFile, VaultGetOptions } from "./vault-options.js";
import { signerOf, unlockOf } from "./vault-secrets.js";

/** `indicia vault get`: hand out a model, marked for whoever gets it where a registration is given. */
export const vaultGet: Job<VaultGetOptions> = async (options, context) =>
  options.target.kind === "file"
    ? await toFile(options, options.target, context)
    : await toVault(options, options.target, context);

async function toFile(
  options: VaultGetOptions,
  { out, encryptTo, mark: marks }: VaultFile,
  context: Context,
): Promise<Outcome> {
  const { vault, name, to } = options;
  const told = noted();
  const handed = await getModel(vault, {
    ...(await opening(options, context)),
    recipient: to,
    encryptTo,
    out,
    mark: marks === null ? null : markingOf(marks, context, told.tell),
  });
  context.say(`${to} gets ${name}: ${handed.files.join(", ")}. The audit log says so.`);
  return { exitCode: 0, report: { name, to, ...handed, encryptedTo: encryptTo, marking: told.report() } };
}

async function toVault(
  options: VaultGetOptions,
  { encryptTo, expires, mark: marks }: VaultDeposit,
  context: Context,
): Promise<Outcome> {
  const { vault, name, to } = options;
  const told = noted();
  const handOut = await depositCopy(vault, {
    ...(await opening(options, context)),
    customer: to,
    encryptTo,
    expires,
    mark: markingOf(marks, context, told.tell),
  });
  const until = expires === null ? "" : ` until ${expires}`;
  context.say(
    `A copy of ${name} lies in the vault for ${to}, encrypted to ${encryptTo}: a gateway of this vault hands it out${until} ` +
      `to a key of this customer with the scope "download". The audit log says so.`,
  );
  const { copy, files, deposited } = handOut;
  return {
    exitCode: 0,
    report: { name, to, copy, files, deposited, expires, encryptedTo: encryptTo, marking: told.report() },
  };
}

async function opening(
  { name, secret, signerKey }: VaultGetOptions,
  context: Context,
): Promise<Pick<Parameters<typeof getModel>[1], "name" | "unlock" | "signer" | "clock">> {
  return {
    name,
    unlock: await unlockOf(secret, context),
    signer: signerKey === null ? null : await signerOf(signerKey),
    clock: context.now,
  };
}

type MarkTold = Readonly<Record<string, unknown>>;

/** Keeps what marking said, for the report. */
function noted(): { readonly tell: (report: MarkTold) => void; readonly report: () => MarkTold | null } {
  let latest: MarkTold | null = null;
  return {
    tell: (report) => {
      latest = report;
    },
    report: () => latest,
  };
}

function markingOf(options: CopyMark, context: Context, tell: (report: MarkTold) => void): Marking {
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
