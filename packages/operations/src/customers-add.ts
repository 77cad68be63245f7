import { gatewayKeys } from "@indicia/core/gateway-keys";
import { openRegistrationChain } from "@indicia/core/registration-folder";
import { addCustomers } from "@indicia/evidence/customers-file";
import type { Job } from "./context.js";
import { counted } from "./counted.js";
import { readKeyFile } from "./key-file.js";
import { anchoredRegistration } from "./anchored-registration.js";
import type { CustomersAddOptions } from "./options.js";

/**
 * `indicia customers add`: enter customers into the register. The registration's chain takes note of how far the
 * register has grown, so that no entry can be taken out again.
 */
export const customersAdd: Job<CustomersAddOptions> = async (options, context) => {
  const registration = await anchoredRegistration(options.registration, options.rounds, context);
  const keys = gatewayKeys(registration, await readKeyFile(options.key, context));
  const chain = await openRegistrationChain(options.registration, registration, context.now);
  try {
    const { added, known, entries, head } = await addCustomers(options.customers, {
      registration: registration.commitment,
      entries: options.ids.map((id) => ({ id, committed: keys.commitment(id), signer: options.signer })),
      clock: context.now,
    });
    await chain.append("customers", { entries, head });
    context.say(
      `${counted(added.length, "customer was", "customers were")} entered${known.length > 0 ? `, ${known.length === 1 ? "1 was" : `${known.length} were`} there already` : ""}. ` +
        `${options.customers} has ${entries}, and every trace pays for all of them.`,
    );
    return { exitCode: 0, report: { customers: options.customers, added, known, entries, head } };
  } finally {
    await chain.close();
  }
};
