import { readFile } from "node:fs/promises";
import { readCustomers } from "@indicia/evidence/customers";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { readConfig } from "../config/read-config.js";
import { GatewayError } from "../error.js";

/**
 * A customer has to be in a register of the models that a configuration serves, or his key would be refused by each.
 *
 * @param customer null where the key has none
 * @throws GatewayError CUSTOMER_UNKNOWN, and those of `readConfig`; EvidenceError of a broken register
 */
export async function requireRegistered(
  config: string,
  customer: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { models } = await readConfig(config, environment);
  const registers = new Set(models.flatMap(({ marking }) => marking?.customers ?? []));
  if (registers.size === 0) return;
  for (const file of registers) {
    const { entries } = readCustomers(await readFile(file), { sha256: nativeSha256 });
    if (entries.some(({ id }) => id === customer)) return;
  }
  throw new GatewayError(
    "CUSTOMER_UNKNOWN",
    customer === null
      ? "the key has no customer, and models of this configuration answer registered customers alone"
      : `customer ${customer} is in no register of this configuration`,
    "Name one with --customer; `indicia customers add` registers another.",
  );
}
