import { withdrawCopy } from "@indicia/vault/deposit";
import type { Job } from "./context.js";
import type { VaultWithdrawOptions } from "./vault-options.js";

/** `indicia vault withdraw`: take back a copy that lies there for a customer. Needs no key. */
export const vaultWithdraw: Job<VaultWithdrawOptions> = async ({ vault, name, to }, context) => {
  const { copy, deposited } = await withdrawCopy(vault, { name, customer: to, clock: context.now });
  context.say(`Nothing of ${name} lies in the vault for ${to} any more. What he fetched before, he has.`);
  return { exitCode: 0, report: { name, to, copy, deposited } };
};
