import { type ChainFile, openChain } from "./chain-file.js";
import { type CustomerEntry, type NotedCustomers, readCustomerLines } from "./customers.js";
import { EvidenceError } from "./error.js";

/** What was added to a register, and how far it has grown. */
export interface AddedCustomers extends NotedCustomers {
  readonly added: readonly string[];
  /** Those that were there already, with the same key. */
  readonly known: readonly string[];
}

/**
 * Enter customers into a register, which is begun where it is not there yet. Whoever is in it already stays as entered.
 *
 * @param file customers.jsonl
 * @throws EvidenceError CUSTOMERS_OTHER_REGISTRATION, CUSTOMERS_DUPLICATE where an id was entered with another key, and
 *   those of `readCustomers` and `openChain`
 */
export async function addCustomers(
  file: string,
  given: {
    readonly registration: string;
    readonly entries: readonly Omit<CustomerEntry, "since">[];
    readonly clock: () => Date;
  },
): Promise<AddedCustomers> {
  const chain = await openChain(file, { kind: "customers", clock: given.clock });
  try {
    const { heads, entries } = await begun(chain, given.registration);
    const known = new Map(entries.map((entry) => [entry.id, entry]));
    const added: string[] = [];
    let head = heads.at(-1) ?? "";
    for (const { id, committed, signer } of given.entries) {
      const found = known.get(id);
      if (found === undefined) {
        const line = await chain.append("customer", { id, committed, signer });
        known.set(id, { id, committed, signer, since: line.time });
        head = line.hash;
        added.push(id);
      } else if (found.committed !== committed || found.signer !== signer) {
        throw new EvidenceError(
          "CUSTOMERS_DUPLICATE",
          `customer "${id}" is in the register with another key`,
          "Choose another id; an entry is never changed.",
        );
      }
    }
    return {
      added,
      known: given.entries.map(({ id }) => id).filter((id) => !added.includes(id)),
      entries: known.size,
      head,
    };
  } finally {
    await chain.close();
  }
}

async function begun(
  chain: ChainFile,
  registration: string,
): Promise<{ readonly heads: readonly string[]; readonly entries: readonly CustomerEntry[] }> {
  if (chain.found.length === 0) {
    const first = await chain.append("register", { registration });
    return { heads: [first.hash], entries: [] };
  }
  const register = readCustomerLines(chain.found);
  if (register.registration === registration) return register;
  throw new EvidenceError(
    "CUSTOMERS_OTHER_REGISTRATION",
    "the register of customers belongs to another registration",
    "Name another file: each registration has its own register.",
  );
}
