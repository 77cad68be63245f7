import { checkHandOutFile } from "@indicia/vault/take-hand-out";
import { isExpired } from "@indicia/vault/hand-outs";
import { readIndex } from "@indicia/vault/vault-index";
import type { Logger } from "pino";
import { createDownloadDesk, type DownloadDesk } from "../downloads/download-desk.js";
import type { GatewayConfig, VaultConfig } from "./config.js";

/** Who hands out copies; null where there is no vault, or nobody who could have a scope for them. */
export function openDownloads(
  { vault, access, models }: Pick<GatewayConfig, "vault" | "access" | "models">,
  { clock, log }: { readonly clock: () => Date; readonly log: Logger },
): DownloadDesk | null {
  if (vault === null || access === null) return null;
  const names = new Map(
    models.flatMap(({ name, source }) => (source.kind === "vault" ? [[name, source.name] as const] : [])),
  );
  return createDownloadDesk({ folder: vault.folder, names, clock, log });
}

/**
 * What lies in the vault to be fetched, each file held against its hash.
 *
 * @throws VaultError VAULT_MISSING, VAULT_MALFORMED, VAULT_OBJECT_MISSING, VAULT_OBJECT_CHANGED
 */
export async function downloadsTold(
  { folder }: VaultConfig,
  { models, access }: Pick<GatewayConfig, "models" | "access">,
  clock: () => Date,
): Promise<string> {
  const { handOuts } = await readIndex(folder);
  for (const { files } of handOuts) for (const file of files) await checkHandOutFile(folder, file);
  if (handOuts.length === 0) return "no hand-outs";
  const customers = new Set(handOuts.map(({ customer }) => customer)).size;
  const expired = handOuts.filter((each) => isExpired(each, clock())).length;
  const served = new Set(models.flatMap(({ source }) => (source.kind === "vault" ? source.name : [])));
  const unserved = handOuts.filter(({ model }) => !served.has(model)).length;
  return [
    `${counted(handOuts.length, "hand-out")} for ${counted(customers, "customer")}`,
    ...(expired === 0 ? [] : [`${expired} expired`]),
    ...(unserved === 0 ? [] : [`${unserved} of models that are not served`]),
    ...(access === null ? ["to be fetched by nobody, as there is no access section"] : []),
  ].join(", ");
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
