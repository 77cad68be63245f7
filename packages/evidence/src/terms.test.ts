import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { acceptanceIsSigned, readAcceptances, signAcceptance } from "./acceptances.js";
import { openAcceptances } from "./acceptances-file.js";
import { acceptedTerms, checkAccepted } from "./accepted-terms.js";
import { portableSha256, sha256Hex } from "./canonical.js";
import { publicKey } from "./sign.js";
import { currentTerms, readTerms, type TermsVersion } from "./terms.js";
import { openTerms } from "./terms-file.js";
import { codeOf, rejectionCode } from "./test-support/codes.js";
import { COMMITMENT, SEEDS } from "./test-support/sample-secrets.js";

const folder = mkdtempSync(path.join(tmpdir(), "indicia-terms-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = (): string => path.join(folder, `${files++}.jsonl`);
const clock = (): Date => new Date(Date.UTC(2026, 10, 1));
const options = { registration: COMMITMENT, seeds: SEEDS, clock };
const versionsOf = (file: string): readonly TermsVersion[] =>
  readTerms(new Uint8Array(readFileSync(file))).versions;

describe("versions of terms", () => {
  it("keep their text to the byte, and hold from their day on", async () => {
    const file = newFile();
    const text = "Ünïcode\r\n\ttext without a newline at its end";
    const terms = await openTerms(file, options);
    await terms.add({ version: "2026-01", effective: "2026-01-01", text });
    await terms.add({ version: "2026-11", effective: "2026-11-15", text: `${text}, again` });
    expect(await rejectionCode(terms.add({ version: "2026-11", effective: "2026-11-15", text }))).toBe(
      "TERMS_DUPLICATE",
    );
    expect(await rejectionCode(terms.add({ version: "2026-12", effective: "2026-11-14", text }))).toBe(
      "TERMS_MALFORMED",
    );
    await terms.close();
    const versions = versionsOf(file);
    expect(versions[0]).toMatchObject({ text, sha256: sha256Hex(new TextEncoder().encode(text)) });
    const at = (day: string): string | undefined => currentTerms(versions, new Date(day))?.version;
    expect(
      ["2025-12-31T23:59:59Z", "2026-01-01", "2026-11-14T23:59:59Z", "2026-11-15", "2027-01-01"].map(at),
    ).toEqual([undefined, "2026-01", "2026-01", "2026-11", "2026-11"]);
  });
});

describe("a log of acceptances", () => {
  const text = { version: "1", sha256: "cd".repeat(32) };
  const seed = new Uint8Array(32).fill(3);
  const signer = Buffer.from(publicKey(seed)).toString("hex");

  it("goes on after a crash, under the same registration only", async () => {
    const file = newFile();
    const accept = async (customer: string, registration = COMMITMENT): Promise<void> => {
      const log = await openAcceptances(file, { registration, clock });
      await log.accept({ customer, ...text, address: null, signature: null });
      await log.close();
    };
    await accept("alice");
    writeFileSync(file, `${readFileSync(file, "utf8")}{"body"`);
    await accept("bob");
    const { entries, registration } = readAcceptances(new Uint8Array(readFileSync(file)));
    expect([entries.map(({ customer }) => customer), registration]).toEqual([["alice", "bob"], COMMITMENT]);
    expect(await rejectionCode(accept("carol", "00".repeat(32)))).toBe("ACCEPTANCES_OTHER_REGISTRATION");
  });

  it("has signatures that are of one customer, one text and one registration", () => {
    const accepted = { registration: COMMITMENT, customer: "alice", ...text };
    const signature = signAcceptance(seed, accepted);
    expect(acceptanceIsSigned(accepted, signature, signer)).toBe(true);
    for (const change of [
      { customer: "bob" },
      { version: "2" },
      { sha256: COMMITMENT },
      { registration: text.sha256 },
    ])
      expect(acceptanceIsSigned({ ...accepted, ...change }, signature, signer)).toBe(false);
    for (const other of [signature.toUpperCase(), "", signature.slice(2)])
      expect(acceptanceIsSigned(accepted, other, signer)).toBe(false);
  });

  it("shows the lines of any customers, and withholds the others", async () => {
    const name = fc.constantFrom("ann", "ben", "cat", "dan");
    const versions = [{ ...text, effective: "2026-01-01", text: "", index: 1, time: "" }];
    await fc.assert(
      fc.asyncProperty(fc.array(name, { maxLength: 9 }), fc.uniqueArray(name), async (logged, asked) => {
        const file = newFile();
        const log = await openAcceptances(file, { registration: COMMITMENT, clock });
        for (const customer of logged)
          await log.accept({ customer, ...text, address: null, signature: null });
        await log.close();
        const read = readAcceptances(new Uint8Array(readFileSync(file)));
        const shown = acceptedTerms(read, asked, portableSha256);
        const context = {
          registration: COMMITMENT,
          versions,
          customers: asked,
          signer: () => null,
          sha256: portableSha256,
        };
        const held = checkAccepted(shown, context);
        expect(held.map(({ customer }) => customer)).toEqual(logged.filter((each) => asked.includes(each)));
        const other = { ...context, customers: [...asked, "eve"] };
        expect(codeOf(() => checkAccepted(shown, other))).toBe("ACCEPTANCE_MISSING");
      }),
      { numRuns: 20 },
    );
  });
});
