import { EvidenceError } from "@indicia/evidence/error";
import { type Audited, type AuditLine, auditVault } from "@indicia/vault/audit";
import { VaultError } from "@indicia/vault/error";
import { readIndex } from "@indicia/vault/vault-index";
import type { Job } from "./context.js";
import { counted } from "./counted.js";
import type { VaultListOptions } from "./vault-options.js";

/** `indicia vault audit`: what was done to a vault, if its log holds. Needs no key. */
export const vaultAudit: Job<VaultListOptions> = async (options, context) => {
  const index = await readIndex(options.vault);
  let audited: Audited;
  try {
    audited = await auditVault(options.vault, index);
  } catch (error) {
    if (!(error instanceof VaultError || error instanceof EvidenceError)) throw error;
    const { code, message } = error;
    context.say(`The log does not hold: ${message}.`);
    return { exitCode: 1, report: { verified: false, code, message } };
  }
  const { lines, head } = audited;
  for (const line of lines) context.say(told(line));
  context.say(
    `${counted(lines.length, "line")}, each linked to the one before; the vault vouches for ${head}.`,
  );
  return { exitCode: 0, report: { verified: true, lines, head } };
};

function told({ index, time, type, entry }: AuditLine): string {
  const { by, ...rest } = entry;
  const facts = Object.entries(rest).map(([key, value]) => `${key} ${facet(value)}`);
  return `${index}. ${time} ${type}${by === undefined ? "" : ` by ${facet(by)}`}: ${facts.join(", ")}`;
}

function facet(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(String).join(" ");
  if (value === null) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}
