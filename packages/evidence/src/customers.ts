import { isCustomerId } from "@indicia/proof/customer-id";
import { z } from "zod";
import { portableSha256, type Sha256 } from "./canonical.js";
import { type ChainLine, chainLineBytes, chainStart, readChain } from "./chain.js";
import { altered, EvidenceError } from "./error.js";
import { hex32 } from "./scalars.js";

/** Entries of a register: every one of them weakens every trace, and a million costs six decimal places. */
export const MAX_CUSTOMERS = 1_000_000;

/** A customer as the register has it. */
export interface CustomerEntry {
  readonly id: string;
  /** Commitment to the customer's sub-key, hex; see `customerCommitment`. */
  readonly committed: string;
  /** When the entry was made, RFC 3339: only what was observed later can be traced to it. */
  readonly since: string;
  /** Ed25519 public key with which the customer signs batches of queries, hex; null where there is none. */
  readonly signer: string | null;
}

/** customers.jsonl as it was read. */
export interface CustomerRegister {
  /** Commitment of the registration that it belongs to, hex. */
  readonly registration: string;
  readonly entries: readonly CustomerEntry[];
  /** Hash of the last line, hex. */
  readonly head: string;
  /** Hash of the line after which there were so many entries: what a registration's chain notes. */
  readonly heads: readonly string[];
}

const beginSchema: z.ZodType<{ registration: string }> = z.strictObject({ registration: hex32 });
const entrySchema: z.ZodType<Omit<CustomerEntry, "since">> = z.strictObject({
  id: z.string().refine(isCustomerId, "no customer id"),
  committed: hex32,
  signer: hex32.nullable(),
});

/**
 * Read a register of customers: a chain whose first line names the registration, and each later line one customer.
 *
 * @throws EvidenceError CUSTOMERS_MALFORMED, CUSTOMERS_DUPLICATE, and those of a broken chain
 */
export function readCustomers(
  bytes: Uint8Array,
  options: { readonly sha256?: Sha256 } = {},
): CustomerRegister {
  const { lines, head } = readChain(bytes, { kind: "customers", sha256: options.sha256 ?? portableSha256 });
  return { ...readCustomerLines(lines), head };
}

/** The same for lines that were read already. */
export function readCustomerLines(lines: readonly ChainLine[]): Omit<CustomerRegister, "head"> {
  const [first, ...rest] = lines;
  const begin = first?.type === "register" ? beginSchema.safeParse(first.body) : null;
  if (first === undefined || begin?.success !== true) {
    throw altered(
      "CUSTOMERS_MALFORMED",
      "the register of customers does not say which registration it is for",
    );
  }
  const entries = new Map<string, CustomerEntry>();
  const heads = [first.hash];
  for (const line of rest) {
    if (line.type !== "customer") continue;
    const parsed = entrySchema.safeParse(line.body);
    if (!parsed.success) throw altered("CUSTOMERS_MALFORMED", `line ${line.index} names no customer`);
    const { id } = parsed.data;
    if (entries.has(id)) throw altered("CUSTOMERS_DUPLICATE", `customer "${id}" is registered twice`);
    if (entries.size >= MAX_CUSTOMERS)
      throw altered("CUSTOMERS_MALFORMED", `there are more than ${MAX_CUSTOMERS} customers`);
    entries.set(id, { ...parsed.data, since: line.time });
    heads.push(line.hash);
  }
  return { registration: begin.data.registration, entries: [...entries.values()], heads };
}

/** A register in which nobody is entered: that of a gateway that tells no customers apart. */
export function emptyRegister(registration: string, time: Date): Uint8Array {
  const line = { index: 0, prev: chainStart("customers"), time: time.toISOString(), type: "register" };
  const text = new TextDecoder().decode(chainLineBytes({ ...line, body: { registration } }));
  return new TextEncoder().encode(`${text}\n`);
}

/** How far a register had grown when a registration's chain took note of it. */
export interface NotedCustomers {
  readonly entries: number;
  /** Hash of the line of the last entry, hex. */
  readonly head: string;
}

const notedSchema: z.ZodType<NotedCustomers> = z.strictObject({ entries: z.int().min(0), head: hex32 });

/**
 * Hold a register against its registration: what was noted there has to be in it still, and nothing that was not. Without
 * this, customers who were tried in vain could be left out later, and their factor with them.
 *
 * @param chain lines of the registration's chain
 * @throws EvidenceError CUSTOMERS_OTHER_REGISTRATION, CUSTOMERS_CUT
 */
export function requireWholeRegister(
  register: CustomerRegister,
  registration: string,
  chain: readonly ChainLine[],
): void {
  if (register.registration !== registration) {
    throw new EvidenceError(
      "CUSTOMERS_OTHER_REGISTRATION",
      "the register of customers belongs to another registration",
      "Give the file that `indicia customers add` wrote for this one.",
    );
  }
  const noted = chain
    .filter(({ type }) => type === "customers")
    .map(({ body }) => notedSchema.safeParse(body));
  const grown = Math.max(-1, ...noted.map(({ data }) => data?.entries ?? -1));
  // Where nobody was ever entered, a gateway has its own mark alone.
  if (noted.length === 0 && register.entries.length === 0) return;
  const whole = noted.every(({ data }) => data !== undefined && register.heads[data.entries] === data.head);
  if (whole && grown === register.entries.length) return;
  throw new EvidenceError(
    "CUSTOMERS_CUT",
    "the register of customers is not the one that the registration's chain took note of",
    "Restore it from a backup, or enter its last customers again with `indicia customers add`: every one who was ever entered counts.",
  );
}
