import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type ChainLine, readChain } from "./chain.js";
import { type CustomerRegister, readCustomers, requireWholeRegister } from "./customers.js";
import { type AddedCustomers, addCustomers } from "./customers-file.js";
import { codeOf, rejectionCode } from "./test-support/codes.js";
import { chainBytes } from "./test-support/sample-chain.js";

const REGISTRATION = "ab".repeat(32);
const OTHER = "cd".repeat(32);
const folder = mkdtempSync(path.join(tmpdir(), "indicia-customers-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = (): string => path.join(folder, `${files++}.jsonl`);

const hashOf = (id: string): string => Buffer.from(id.padEnd(32, ".").slice(0, 32)).toString("hex");
const add = (file: string, ids: readonly string[], registration = REGISTRATION): Promise<AddedCustomers> =>
  addCustomers(file, {
    registration,
    entries: ids.map((id) => ({ id, committed: hashOf(id), signer: null })),
    clock: () => new Date(Date.UTC(2026, 0, 1)),
  });
const read = (file: string): CustomerRegister => readCustomers(new Uint8Array(readFileSync(file)));
/** Lines of a registration's chain that took note of a register. */
const noted = (...bodies: unknown[]): ChainLine[] =>
  readChain(
    chainBytes(
      "registration",
      bodies.map((body) => ({ type: "customers", body })),
    ),
    { kind: "registration" },
  ).lines;

const id = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);

describe("a register of customers", () => {
  it("has every customer once, in the order of entry, however they were entered", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uniqueArray(id, { maxLength: 4 }), { maxLength: 4 }), async (calls) => {
        const file = newFile();
        const notes = [];
        for (const ids of calls) notes.push(await add(file, ids));
        if (calls.length === 0) return;
        const register = read(file);
        expect(register.entries.map((entry) => entry.id)).toEqual([...new Set(calls.flat())]);
        expect(notes.at(-1)).toMatchObject({ entries: register.entries.length, head: register.head });
        const lines = noted(...notes.map(({ entries, head }) => ({ entries, head })));
        requireWholeRegister(register, REGISTRATION, lines);
      }),
      { numRuns: 25 },
    );
  });

  it("says when each was entered", async () => {
    const file = newFile();
    await add(file, ["alice"]);
    expect(read(file).entries).toEqual([
      { id: "alice", committed: hashOf("alice"), signer: null, since: "2026-01-01T00:00:00.000Z" },
    ]);
  });

  it("is refused once any byte is changed", async () => {
    const file = newFile();
    const { head, entries } = await add(file, ["alice", "bob", "carol"]);
    const lines = noted({ entries, head });
    const bytes = new Uint8Array(readFileSync(file));
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(codeOf(() => requireWholeRegister(readCustomers(changed), REGISTRATION, lines))).not.toBe(
        "none",
      );
    }
  });

  it("cannot lose an entry that the registration took note of, nor be begun anew", async () => {
    const file = newFile();
    const first = await add(file, ["alice"]);
    const second = await add(file, ["bob", "carol"]);
    const chain = noted(...[first, second].map(({ entries, head }) => ({ entries, head })));
    const whole = readFileSync(file, "utf8");
    const check = (text: string): string =>
      codeOf(() => requireWholeRegister(readCustomers(new TextEncoder().encode(text)), REGISTRATION, chain));
    expect(check(whole)).toBe("none");
    expect(check(whole.split("\n").slice(0, -2).join("\n").concat("\n"))).toBe("CUSTOMERS_CUT");
    // Whoever enters customers past the chain could try them, and take them out again.
    await add(file, ["dave"]);
    expect(check(readFileSync(file, "utf8"))).toBe("CUSTOMERS_CUT");
    const anew = newFile();
    await add(anew, ["alice", "carol"]);
    expect(check(readFileSync(anew, "utf8"))).toBe("CUSTOMERS_CUT");
    expect(codeOf(() => requireWholeRegister(read(file), REGISTRATION, noted()))).toBe("CUSTOMERS_CUT");
    expect(codeOf(() => requireWholeRegister(read(file), OTHER, chain))).toBe("CUSTOMERS_OTHER_REGISTRATION");
  });

  it("keeps an entry as it is", async () => {
    const file = newFile();
    await add(file, ["alice"]);
    expect(await add(file, ["alice", "bob"])).toMatchObject({ added: ["bob"], known: ["alice"], entries: 2 });
    const another = addCustomers(file, {
      registration: REGISTRATION,
      entries: [{ id: "alice", committed: hashOf("bob"), signer: null }],
      clock: () => new Date(0),
    });
    expect(await rejectionCode(another)).toBe("CUSTOMERS_DUPLICATE");
    expect(await rejectionCode(add(file, ["dora"], OTHER))).toBe("CUSTOMERS_OTHER_REGISTRATION");
    expect(read(file).entries).toHaveLength(2);
  });

  it("is read strictly", () => {
    const entry = { id: "alice", committed: hashOf("alice"), signer: null };
    const begin = { type: "register", body: { registration: REGISTRATION } };
    const codes = [
      [],
      [{ type: "customer", body: entry }],
      [{ type: "register", body: {} }],
      [begin, { type: "customer", body: { ...entry, id: "../x" } }],
      [begin, { type: "customer", body: { ...entry, committed: "00" } }],
      [begin, { type: "customer", body: { ...entry, more: 1 } }],
      [begin, { type: "customer", body: entry }, { type: "customer", body: entry }],
    ].map((lines) => codeOf(() => readCustomers(chainBytes("customers", lines))));
    expect(codes).toEqual([...Array.from({ length: 6 }, () => "CUSTOMERS_MALFORMED"), "CUSTOMERS_DUPLICATE"]);
  });

  it("is not read past a torn line, which the next entry mends", async () => {
    const file = newFile();
    await add(file, ["alice"]);
    writeFileSync(file, `${readFileSync(file, "utf8")}{"body"`);
    expect(codeOf(() => read(file))).toBe("CHAIN_TORN");
    await add(file, ["bob"]);
    expect(read(file).entries.map((entry) => entry.id)).toEqual(["alice", "bob"]);
  });
});
