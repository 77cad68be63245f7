import { readFile } from "node:fs/promises";
import path from "node:path";
import type { GatewayKeys } from "@indicia/core/gateway-keys";
import { readFolderFile } from "@indicia/core/folder";
import type { Registration } from "@indicia/core/registration";
import { REGISTRATION_FILES } from "@indicia/core/registration-folder";
import { readChain } from "@indicia/evidence/chain";
import {
  type CustomerRegister,
  emptyRegister,
  readCustomers,
  requireWholeRegister,
} from "@indicia/evidence/customers";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { OperationError } from "./error.js";

/**
 * Read a register of customers and hold it against the chain of its registration.
 *
 * @throws EvidenceError CUSTOMERS_OTHER_REGISTRATION, CUSTOMERS_CUT, and those of `readCustomers`
 */
export async function readRegister(
  file: string,
  registrationFolder: string,
  registration: Registration,
): Promise<CustomerRegister> {
  return heldRegister(await readFile(file), registrationFolder, registration);
}

/** The same of a register that was read, byte for byte. */
export async function heldRegister(
  bytes: Uint8Array,
  registrationFolder: string,
  registration: Registration,
): Promise<CustomerRegister> {
  const register = readCustomers(bytes, { sha256: nativeSha256 });
  const chain = (await readFolderFile(registrationFolder, REGISTRATION_FILES.chain)) ?? new Uint8Array(0);
  const { lines } = readChain(chain, { kind: "registration", sha256: nativeSha256 });
  requireWholeRegister(register, registration.commitment, lines);
  return register;
}

/** The register's bytes, and what they say; one without entries where no file is given. */
export async function givenRegister(
  file: string | null,
  registrationFolder: string,
  { registration, now }: { readonly registration: Registration; readonly now: Date },
): Promise<{ readonly bytes: Uint8Array; readonly register: CustomerRegister }> {
  const bytes = file === null ? emptyRegister(registration.commitment, now) : await readFile(file);
  return { bytes, register: await heldRegister(bytes, registrationFolder, registration) };
}

/** Hold a customer against the register. @throws OperationError CUSTOMER_UNKNOWN */
export function requireCustomer(register: CustomerRegister, id: string, keys: GatewayKeys): void {
  const entry = register.entries.find((each) => each.id === id);
  if (entry !== undefined && entry.committed === keys.commitment(id)) return;
  throw new OperationError(
    "CUSTOMER_UNKNOWN",
    entry === undefined
      ? `customer "${id}" is not in the register`
      : `customer "${id}" was registered with another key`,
    `Enter him first: indicia customers add ${path.basename(id)} ...`,
  );
}
