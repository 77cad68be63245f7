import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type LocalAuthority, localAuthority } from "@indicia/testkit/local-authority";
import { hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chainLineBytes, readChain } from "./chain.js";
import { pdfReport } from "./report-pdf-file.js";
import { secretReport } from "./report/secret-report.js";
import { readSecretRegister } from "./secret-register.js";
import type { LooseEntry } from "./secret-register.js";
import { openSecretRegister } from "./secret-register-file.js";
import { secretState } from "./secret-state.js";
import { datedEntry, datedLines } from "./signed-chain-dates.js";
import { signedBody } from "./signed-chain.js";
import { publicKey } from "./sign.js";
import { codeOf, rejectionCode } from "./test-support/codes.js";
import { chainBytes } from "./test-support/sample-chain.js";
import { COMMITMENT, GRANT, MEASURE, SECRET, SEEDS } from "./test-support/sample-secrets.js";
import { timestampRequest } from "./timestamp-request.js";
import { verifySecrets } from "./verify-secrets.js";
import { certificatesOfPem } from "./x509-certificate.js";

const folder = mkdtempSync(path.join(tmpdir(), "indicia-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = (): string => path.join(folder, `${files++}.jsonl`);
const SIGNER = Buffer.from(publicKey(SEEDS.ed25519)).toString("hex");
const registration = { commitment: COMMITMENT, signer: SIGNER };

/** Enter each list on a day of its own, the first on 1 February 2026. */
async function entered(file: string, ...lists: LooseEntry[][]): Promise<string> {
  for (const [i, list] of lists.entries()) {
    const clock = (): Date => new Date(Date.UTC(2026, 1, i + 1, 12));
    const register = await openSecretRegister(file, { registration: COMMITMENT, seeds: SEEDS, clock });
    try {
      await register.add(list);
    } finally {
      await register.close();
    }
  }
  return file;
}
const bytesOf = (file: string): Uint8Array => new Uint8Array(readFileSync(file));
const checked = (bytes: Uint8Array, noted: Parameters<typeof verifySecrets>[0]["noted"] = []): string[] =>
  verifySecrets({ bytes, registration, noted, roots: [] }).checks.flatMap(({ code }) => code ?? []);
const revoked = (more: object = {}): LooseEntry => ({
  type: "access-revoked",
  entry: { grant: 2, on: "2026-02-20", reason: "left", ...more },
});
const correction = (of: number, entry: unknown): LooseEntry => ({
  type: "correction",
  entry: { of, why: "a slip", entry },
});
const merged = ({ type, entry }: LooseEntry, more: object): LooseEntry => ({
  type,
  entry: { ...(entry as object), ...more },
});

describe("a register of trade secrets", () => {
  it("holds what was entered, in order, signed, for its owner's eyes", async () => {
    const file = await entered(newFile(), [SECRET, GRANT], [MEASURE]);
    const { entries, chain } = readSecretRegister(bytesOf(file));
    expect(entries.map(({ type, index, entry }) => ({ type, index, entry }))).toEqual(
      [SECRET, GRANT, MEASURE].map((each, i) => ({ ...each, index: i + 1 })),
    );
    expect(chain.begin).toMatchObject({ registration: COMMITMENT, binding: { ed25519: SIGNER } });
    expect(checked(bytesOf(file))).toEqual([]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("is refused once any byte is changed", async () => {
    const bytes = bytesOf(await entered(newFile(), [SECRET, GRANT, MEASURE, revoked()]));
    const noted = [{ entries: 5, head: readSecretRegister(bytes).chain.head }];
    const lines = readChain(
      chainBytes(
        "registration",
        noted.map((body) => ({ type: "secrets", body })),
      ),
      {
        kind: "registration",
      },
    ).lines;
    expect(checked(bytes, lines)).toEqual([]);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ flip;
        expect(checked(changed, lines)).not.toEqual([]);
      }),
      { numRuns: 60 },
    );
    const cut = new TextDecoder().decode(bytes).split("\n").slice(0, -2).join("\n");
    expect(checked(new TextEncoder().encode(`${cut}\n`), lines)).toEqual(["NOTED_CHAIN_CUT"]);
  });

  it("is refused where somebody chained a line anew without the key", async () => {
    const file = await entered(newFile(), [SECRET]);
    const { head } = readSecretRegister(bytesOf(file)).chain;
    const line = { index: 2, prev: head, time: "2026-02-02T00:00:00.000Z", type: GRANT.type };
    const forged = (seed: Uint8Array, signed: object, shown: object): string[] => {
      const { signature } = signedBody("secrets", { ...line, entry: signed }, seed);
      const body = { entry: shown, signature };
      const text = new TextDecoder().decode(chainLineBytes({ ...line, body }));
      return checked(new TextEncoder().encode(`${readFileSync(file, "utf8")}${text}\n`));
    };
    const entry = GRANT.entry as object;
    expect(forged(SEEDS.p256, entry, entry)).toEqual([]);
    expect(forged(new Uint8Array(32).fill(9), entry, entry)).toEqual(["SIGNED_LINE_SIGNATURE"]);
    expect(forged(SEEDS.p256, entry, { ...entry, who: "Eve" })).toEqual(["SIGNED_LINE_SIGNATURE"]);
  });

  it("belongs to one registration and one owner", async () => {
    const file = await entered(newFile(), [SECRET]);
    const open = (more: object): Promise<unknown> =>
      openSecretRegister(file, { registration: COMMITMENT, seeds: SEEDS, clock: () => new Date(), ...more });
    expect(await rejectionCode(open({ registration: "cd".repeat(32) }))).toBe(
      "SIGNED_CHAIN_OTHER_REGISTRATION",
    );
    const other = new Uint8Array(32).fill(9);
    expect(await rejectionCode(open({ seeds: { ...SEEDS, ed25519: other } }))).toBe("KEYS_DIFFER");
    expect(await rejectionCode(open({ seeds: { ...SEEDS, p256: other } }))).toBe("KEYS_DIFFER");
    const bytes = bytesOf(file);
    const found = verifySecrets({
      bytes,
      registration: { ...registration, signer: Buffer.from(publicKey(other)).toString("hex") },
      noted: [],
      roots: [],
    });
    expect(found.checks[1]).toMatchObject({ name: "owner", status: "failed", code: "KEYS_DIFFER" });
  });

  it("goes on after a crash in the middle of a line", async () => {
    const file = await entered(newFile(), [SECRET]);
    writeFileSync(file, `${readFileSync(file, "utf8")}{"body":{"entry"`);
    expect(codeOf(() => readSecretRegister(bytesOf(file)))).toBe("CHAIN_TORN");
    await entered(file, [GRANT]);
    const { entries, chain } = readSecretRegister(bytesOf(file));
    expect([entries.map(({ index }) => index), chain.recoveries]).toEqual([[1, 3], 1]);
  });
});

describe("what cannot be entered", () => {
  it.each([
    ["a field too many", [merged(SECRET, { colour: "red" })], "SECRET_MALFORMED"],
    ["a day that does not exist", [merged(SECRET, { since: "2026-02-30" })], "SECRET_MALFORMED"],
    ["a hash that is none", [merged(SECRET, { model: "AB" })], "SECRET_MALFORMED"],
    ["no description", [merged(SECRET, { description: " " })], "SECRET_MALFORMED"],
    ["an end before the beginning", [SECRET, merged(GRANT, { until: "2025-12-31" })], "SECRET_MALFORMED"],
    ["a secret twice", [SECRET, SECRET], "SECRET_REFERENCE"],
    ["access to what is not there", [GRANT], "SECRET_REFERENCE"],
    ["the end of what is no access", [SECRET, GRANT, revoked({ grant: 1 })], "SECRET_REFERENCE"],
    ["an end twice", [SECRET, GRANT, revoked(), revoked()], "SECRET_REFERENCE"],
    ["a correction of nothing", [SECRET, correction(7, null)], "SECRET_REFERENCE"],
    [
      "a correction of a correction",
      [SECRET, correction(1, SECRET.entry), correction(2, null)],
      "SECRET_REFERENCE",
    ],
    ["a correction of another form", [SECRET, GRANT, correction(2, SECRET.entry)], "SECRET_MALFORMED"],
    [
      "a correction to another secret",
      [SECRET, correction(1, merged(SECRET, { id: "data" }).entry)],
      "SECRET_REFERENCE",
    ],
  ] as const)("%s, and then nothing is", async (_, list, code) => {
    const file = newFile();
    expect(await rejectionCode(entered(file, [...list]))).toBe(code);
    expect(readSecretRegister(bytesOf(file)).entries).toEqual([]);
  });

  it("is an end twice, unless the first was withdrawn", async () => {
    const file = await entered(newFile(), [SECRET, GRANT, revoked(), correction(3, null), revoked()]);
    const state = secretState(readSecretRegister(bytesOf(file)), [], "2026-03-01T00:00:00.000Z");
    expect(state.access[0]).toMatchObject({ open: false, ended: "2026-02-20" });
  });
});

describe("a register as it stood", () => {
  it("shows what was entered by then, and what was in force on that day", async () => {
    const file = await entered(
      newFile(),
      [SECRET, GRANT, merged(GRANT, { who: "Auditor", kind: "role", until: "2026-02-10" })],
      [MEASURE, revoked()],
      [correction(1, merged(SECRET, { name: "Weights and biases" }).entry), correction(4, null)],
    );
    const register = readSecretRegister(bytesOf(file));
    const at = (day: number): ReturnType<typeof secretState> =>
      secretState(register, [], new Date(Date.UTC(2026, 1, day, 23)).toISOString());
    const open = (day: number): boolean[] => at(day).access.map((each) => each.open);
    expect(codeOf(() => secretState(register, [], "2026-01-31T00:00:00.000Z"))).toBe("SECRET_REFERENCE");
    expect([at(1).lines, at(2).lines, at(3).lines]).toEqual([4, 6, 8]);
    expect(at(1).measures).toEqual([]);
    // Revoked as of the 20th; the auditor's access ran out on the 10th, which was its last day.
    expect([open(1), open(10), open(11), open(20)]).toEqual([
      [true, true],
      [true, true],
      [true, false],
      [false, false],
    ]);
    expect([at(2), at(3)].map(({ measures: [found] }) => [found?.open, found?.withdrawn])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(at(2).secrets[0]).toMatchObject({ entry: SECRET.entry, corrections: [] });
    expect(at(3).secrets[0]).toMatchObject({
      entry: { id: "weights", name: "Weights and biases" },
      corrections: [{ index: 6, why: "a slip" }],
    });
  });
});

describe("a register that an authority dated", () => {
  let authority: LocalAuthority;
  beforeAll(async () => {
    authority = await localAuthority();
  });
  const dated = async (file: string, changes: object = {}): Promise<void> => {
    const clock = (): Date => new Date(Date.UTC(2026, 2, 1));
    const register = await openSecretRegister(file, { registration: COMMITMENT, seeds: SEEDS, clock });
    const { entries, head } = register.grown;
    const request = timestampRequest({ imprint: hexToBytes(head), nonce: new Uint8Array(16).fill(1) });
    const token = await authority.answer(request, new Date(Date.UTC(2026, 2, 1, 0, 5)));
    const kept = datedEntry(
      { index: entries - 1, hash: head },
      {
        authority: "https://time.example",
        qualified: false,
        token,
        roots: certificatesOfPem(authority.rootPem),
      },
    );
    await register.keep({ ...kept, ...changes });
    await register.close();
  };

  it("says by when each line existed, in the state and in the report", async () => {
    const file = await entered(newFile(), [SECRET, GRANT]);
    await dated(file);
    await entered(file, [MEASURE]);
    const register = readSecretRegister(bytesOf(file));
    const dates = datedLines(register.chain);
    expect(dates).toMatchObject([{ of: 2, rootFrom: "kept", time: "2026-03-01T00:05:00.000Z" }]);
    const state = secretState(register, dates, "2026-12-31T23:59:59.999Z");
    expect([state.access[0]?.dated?.time, state.measures[0]?.dated]).toEqual([
      "2026-03-01T00:05:00.000Z",
      null,
    ]);
    const report = secretReport({ register, state, dates });
    const pdf = await pdfReport(report, new Date(state.at));
    expect(pdf).toEqual(await pdfReport(report, new Date(state.at)));
    const text = JSON.stringify(report);
    for (const each of ["Ada Lovelace", "NDA 2026-014", "Dated by an outside authority 1 times", state.head])
      expect(text).toContain(each);
    for (const { hash } of register.chain.lines) expect(text).toContain(hash);
  });

  it("fails where the timestamp is of another line, broken, or leads elsewhere", async () => {
    const file = await entered(newFile(), [SECRET, GRANT]);
    await dated(file);
    const bytes = bytesOf(file);
    expect(checked(bytes)).toEqual([]);
    const impostor = certificatesOfPem((await localAuthority()).rootPem);
    const { checks } = verifySecrets({ bytes, registration, noted: [], roots: impostor });
    expect(checks.at(-1)).toMatchObject({ name: "timestamps", code: "TIMESTAMP_CHAIN" });
    for (const [changes, code] of [
      [{ of: 1 }, "TIMESTAMP_IMPRINT"],
      [{ of: 9 }, "SIGNED_LINE_MALFORMED"],
      [{ token: "AAAA" }, "TIMESTAMP_MALFORMED"],
    ] as const) {
      const other = await entered(newFile(), [SECRET, GRANT]);
      await dated(other, changes);
      expect(checked(bytesOf(other))).toEqual([code]);
    }
  });
});
