import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { sha256Hex } from "@indicia/evidence/canonical";
import { type LocalAuthority, localAuthority } from "@indicia/testkit/local-authority";
import { type ServedAuthority, serveAuthority } from "@indicia/testkit/serve-authority";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, callAt, done } from "./test-support/in-process.js";
import { tinyOwner } from "./test-support/tiny-owner.js";

const owner = await tinyOwner({ features: 16, classes: 4 });
const { at, model, key: KEY, registration: REGISTRATION } = owner;
const day = (number: number): Date => new Date(Date.UTC(2026, 10, number, 12));
const FIRST = `
- type: secret
  id: weights
  name: Weights of the classifier
  description: What was learned from our own collection of files.
  holder: Example Ltd
  title: made by its own staff
  notKnown: Neither weights nor training data were ever given out.
  since: 2025-06-01
  value: {amount: 250000, currency: EUR, on: 2026-01-31,
          method: cost of making it again, becauseSecret: a rival need not collect the data}
- {type: access-granted, who: Ada Lovelace, kind: person, purpose: evaluation,
   agreement: NDA 2026-014, since: 2026-01-01}
- {type: measure-added, kind: technical, description: Encrypted at rest., since: 2025-06-01}
`;

let authority: LocalAuthority;
let served: ServedAuthority;
beforeAll(async () => {
  authority = await localAuthority();
  served = await serveAuthority(authority, () => day(2));
  writeFileSync(at("root.pem"), authority.rootPem);
  writeFileSync(at("first.yaml"), FIRST);
  const data = ["--calibration", "random:64", "--secret", at("first.yaml")];
  const out = ["--out", at("registration")];
  const registered = await callAt(day(1), "register", owner.file, ...KEY, ...data, ...out);
  if (registered.exitCode !== 0) throw new Error(registered.stderr);
}, 60_000);
afterAll(async () => {
  await served.close();
  owner.remove();
});

async function listed(...more: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await callAt(day(30), "secret", "list", ...REGISTRATION, "--json", ...more);
  return JSON.parse(stdout) as Record<string, unknown>;
}
const add = (now: Date, ...more: string[]): ReturnType<typeof call> =>
  callAt(now, "secret", "add", ...more, ...REGISTRATION, ...KEY);

describe("the register of trade secrets", () => {
  it("is begun by register, which enters the registered model and everybody's access to it", async () => {
    expect(await listed()).toMatchObject({
      lines: 4,
      secrets: [{ entry: { id: "weights", model: sha256Hex(model.bytes) }, dated: null }],
      access: [{ entry: { who: "Ada Lovelace", secrets: ["weights"], until: null }, open: true }],
      measures: [{ open: true }],
    });
    expect(statSync(at("registration/secrets.jsonl")).mode & 0o777).toBe(0o600);
  });

  it("is added to by flags and files, dated, shown as of a day, and verified", async () => {
    const auditor = ["--who", "Auditor", "--kind", "role", "--purpose", "audit", "--since", "2026-11-02"];
    const dating = ["--tsa", served.url, "--tsa-ca", at("root.pem"), "--allow-private"];
    const dated = await add(day(2), "access-granted", ...auditor, ...dating);
    expect([dated.exitCode, dated.stderr]).toEqual([0, expect.stringContaining("Line 4: access-granted.")]);
    expect(dated.stderr).toContain("Dated 2026-11-02");
    await add(day(3), "access-revoked", "--grant", "2", "--on", "2026-11-03", "--reason", "left the firm");
    writeFileSync(
      at("review.json"),
      JSON.stringify({ type: "review", by: "Officer", on: "2026-11-04", found: "Ok." }),
    );
    expect((await add(day(4), "--file", at("review.json"))).exitCode).toBe(0);

    expect(await listed()).toMatchObject({
      access: [
        {
          open: false,
          ended: "2026-11-03",
          reason: "left the firm",
          dated: { time: "2026-11-02T12:00:00.000Z" },
        },
        { open: true, entry: { agreement: null } },
      ],
      reviews: [{ entry: { secrets: ["weights"] }, dated: null }],
      timestamps: [{ of: 4, rootFrom: "kept" }],
    });
    expect(await listed("--at", "2026-11-01")).toMatchObject({
      lines: 4,
      access: [{ open: true }],
      reviews: [],
    });
    const verified = await call("secret", "verify", ...REGISTRATION, "--tsa-ca", at("root.pem"));
    expect([verified.exitCode, verified.stderr]).toEqual([
      0,
      expect.stringContaining("The register verifies."),
    ]);
    expect(verified.stderr).toContain('checked to the given root "CN=Local Timestamps Root"');
    expect(verified.stderr).toMatch(/passed +registration chain: \d notes/);
  });

  it("is exported as a PDF, the same each time, and never over another file", async () => {
    const out = ["--out", at("secrets.pdf"), "--at", "2026-11-02"];
    const exported = await call("secret", "export", ...REGISTRATION, ...out, "--json");
    const report = JSON.parse(exported.stdout) as { sha256: string; lines: number };
    const pdf = readFileSync(at("secrets.pdf"));
    expect([exported.exitCode, report.lines, sha256Hex(pdf)]).toEqual([0, 6, report.sha256]);
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    expect(statSync(at("secrets.pdf")).mode & 0o777).toBe(0o600);
    expect((await call("secret", "export", ...REGISTRATION, ...out)).stderr).toContain("OUTPUT_EXISTS");
    const early = await call(
      "secret",
      "export",
      ...REGISTRATION,
      "--out",
      at("no.pdf"),
      "--at",
      "2026-10-01",
    );
    expect([early.exitCode, early.stderr]).toEqual([2, expect.stringContaining("SECRET_REFERENCE")]);
  });

  it("is not exported as of a time to come, and as of today as it stands now", async () => {
    const exported = (name: string, until: string): ReturnType<typeof call> =>
      callAt(day(6), "secret", "export", ...REGISTRATION, "--out", at(name), "--at", until);
    const late = await exported("late.pdf", "2026-11-07");
    expect([late.exitCode, late.stderr]).toEqual([2, expect.stringMatching(/^TIME_AHEAD: .*still to come/)]);
    expect(existsSync(at("late.pdf"))).toBe(false);
    const { exitCode, stderr } = await exported("today.pdf", "2026-11-06");
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("as it stood at 2026-11-06T12:00:00")]);
  });

  it.each([
    [
      "what nobody granted",
      ["access-revoked", "--grant", "1", "--on", "2026-11-05", "--reason", "x"],
      "SECRET_REFERENCE",
    ],
    ["half an entry", ["review", "--by", "Officer"], "SECRET_MALFORMED"],
    ["a file of something else", ["--file", "root.pem"], "FILE_KIND"],
  ])("is not given %s", async (_, args, code) => {
    const before = readFileSync(at("registration/secrets.jsonl"));
    const given = args.map((each) => (each === "root.pem" ? at(each) : each));
    const refused = await add(day(5), ...given);
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining(code)]);
    expect(readFileSync(at("registration/secrets.jsonl"))).toEqual(before);
  });

  it("begins with a secret, as the example in --help says, and what is refused begins nothing", async () => {
    const fresh = at("fresh");
    const registering = ["register", owner.file, ...KEY, "--calibration", "random:64"];
    expect((await callAt(day(1), ...registering, "--out", fresh)).exitCode).toBe(0);
    const enter = (type: string, ...more: string[]): ReturnType<typeof call> =>
      callAt(day(2), "secret", "add", type, ...more, "--registration", fresh, ...KEY);
    const audit = ["--who", "Auditor", "--kind", "role", "--purpose", "audit", "--since", "2026-11-02"];
    const before = readFileSync(path.join(fresh, "chain.jsonl"));
    const refused = await enter("access-granted", ...audit);
    expect([refused.exitCode, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/^SECRET_MISSING: .*Enter a secret first: `indicia secret add secret/),
    ]);
    expect((await enter("access-granted", ...audit, "--secrets", "weights")).exitCode).toBe(2);
    expect(readdirSync(fresh).filter((name) => name.startsWith("secrets"))).toEqual([]);
    expect(readFileSync(path.join(fresh, "chain.jsonl"))).toEqual(before);

    const { stdout: help } = await call("secret", "add", "--help");
    const shown = /Example:\s+\$ indicia secret add secret (.*) --registration/s.exec(help)?.[1] ?? "";
    const words = [...shown.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
    const first = await enter("secret", ...words);
    expect([first.exitCode, first.stderr]).toEqual([
      0,
      expect.stringContaining("1 entry was signed and added; the register has 2 lines."),
    ]);
    expect((await enter("access-granted", ...audit)).stderr).toContain("Line 2: access-granted.");
  });

  it("is nobody else's to sign", async () => {
    await done("key", "new", "--out", at("other.key"));
    const args = [
      "--by",
      "x",
      "--on",
      "2026-11-05",
      "--found",
      "x",
      ...REGISTRATION,
      "--key",
      at("other.key"),
    ];
    expect((await call("secret", "add", "review", ...args)).stderr).toContain("WRONG_KEY");
  });

  it("does not verify once a line is taken out, or a word of it changed", async () => {
    const file = at("registration/secrets.jsonl");
    const text = readFileSync(file, "utf8");
    const verify = async (changed: string): Promise<string> => {
      writeFileSync(file, changed);
      const { stdout, exitCode } = await call("secret", "verify", ...REGISTRATION, "--json");
      expect(exitCode).toBe(1);
      const { checks } = JSON.parse(stdout) as { checks: { status: string; code?: string }[] };
      return checks.find(({ status }) => status === "failed")?.code ?? "none";
    };
    expect(await verify(text.split("\n").slice(0, -2).join("\n").concat("\n"))).toBe("NOTED_CHAIN_CUT");
    expect(await verify(text.replace("Ada Lovelace", "Eve Lovelace"))).toBe("CHAIN_LINE_CHANGED");
    const refused = await call("secret", "list", ...REGISTRATION);
    writeFileSync(file, text);
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining("CHAIN_LINE_CHANGED")]);
  });
});
