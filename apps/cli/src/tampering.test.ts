import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { makeBundle, readBundle } from "@indicia/evidence/bundle";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { readZip } from "@indicia/evidence/zip-read";
import { derivePurpose } from "@indicia/proof/keys";
import { armor, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Json, startServer } from "./demo/programs.js";
import { readKeyFile } from "@indicia/operations/key-file";
import { call, done } from "./test-support/in-process.js";
import { GATEWAY, type Owner, REFERENCE, registeredOwner, testModel } from "./test-support/owner.js";

let owner: Owner;
let ownerKey: Uint8Array;
let evidence: Uint8Array;
let recipient: string;
beforeAll(async () => {
  owner = await registeredOwner({ mark: true });
  ownerKey = await readKeyFile(
    { path: owner.at("owner.key"), passphraseEnv: null },
    { environment: {}, askSecret: null },
  );
  const gateway = await startServer(GATEWAY, ["--model", owner.at("released.onnx"), "--name", "m"]);
  const asking = ["--allow-private", "--rate", "1000", "--budget", "100", "--full"];
  const out = ["--out", owner.at("evidence.zip")];
  const url = `${gateway.address}/v2/models/m`;
  await done("examine", url, ...owner.claim, ...asking, ...out);
  await gateway.stop();
  evidence = readFileSync(owner.at("evidence.zip"));
  const identity = await generateX25519Identity();
  recipient = await identityToRecipient(identity);
  writeFileSync(owner.at("expert.txt"), `# the expert\n${identity}\n`);
  await disclosed("disclosure.age");
});
afterAll(() => owner.remove());

function disclosed(name: string, key = "owner.key"): ReturnType<typeof call> {
  const out = ["--recipient", recipient, "--out", owner.at(name), "--quiet", "--yes"];
  return call("evidence", "disclose", owner.at("evidence.zip"), "--key", owner.at(key), ...out);
}

interface Verified extends Omit<Json, "checks"> {
  readonly checks: readonly { readonly name: string; readonly status: string; readonly code?: string }[];
  readonly exitCode: number;
  readonly failed: readonly (readonly [name: string, code: string | undefined])[];
}

async function verified(bytes: Uint8Array, ...more: string[]): Promise<Verified> {
  writeFileSync(owner.at("verified.zip"), bytes);
  const { exitCode, stdout } = await call("evidence", "verify", owner.at("verified.zip"), ...more, "--json");
  const report = JSON.parse(stdout) as Omit<Verified, "exitCode" | "failed">;
  const failed = report.checks.filter(({ status }) => status === "failed");
  return { ...report, exitCode, failed: failed.map(({ name, code }) => [name, code] as const) };
}

function opening(disclosure = "disclosure.age", identity = "expert.txt"): string[] {
  return ["--disclosure", owner.at(disclosure), "--identity", owner.at(identity)];
}

describe("one byte", () => {
  it("of any member of the archive is noticed", async () => {
    const entries = readZip(evidence);
    expect(entries.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "manifest.json",
        "signature.json",
        "conclusion.json",
        "registration/basis.f64",
        "statement.sigstore.json",
        "statistics.json",
        "custody.jsonl",
        "report.html",
        "report.pdf",
        "recompute.mjs",
      ]),
    );
    for (const { name, packed } of entries) {
      const changed = Uint8Array.from(evidence);
      const at = packed.byteOffset - evidence.byteOffset + (packed.length >> 1);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect([name, await verified(changed)]).toEqual([
        name,
        expect.objectContaining({ exitCode: 1, verified: false, failed: [["archive", expect.any(String)]] }),
      ]);
    }
    expect(await verified(evidence)).toMatchObject({ exitCode: 0, verified: true, failed: [] });
  });

  it("more or less at the end is noticed", async () => {
    for (const changed of [evidence.subarray(0, -1), Buffer.concat([evidence, Buffer.of(0)])]) {
      expect(await verified(changed)).toMatchObject({
        exitCode: 1,
        failed: [["archive", expect.any(String)]],
      });
    }
  });
});

describe("an excerpt", () => {
  it("of some exchanges verifies alone, says what is withheld, and fails where it was changed", async () => {
    const out = owner.at("excerpt.zip");
    const taken = await call(
      "evidence",
      "excerpt",
      owner.at("evidence.zip"),
      "--exchanges",
      "1,3-4",
      "--out",
      out,
    );
    expect([taken.exitCode, taken.stderr]).toEqual([
      0,
      expect.stringMatching(/^7 of \d+ lines are disclosed/m),
    ]);
    const bytes = readFileSync(out);
    const { exitCode, failed } = await verified(bytes);
    expect([exitCode, failed]).toEqual([0, []]);
    const { stderr } = await call("evidence", "verify", out);
    expect(stderr).toMatch(/POST http:.*probes?, \d+ bytes; status 200, \d+ bytes from 127\.0\.0\.1/);
    expect(stderr).toMatch(/withheld \(/);
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
    expect(await verified(bytes)).toMatchObject({ exitCode: 1, verified: false });
    const many = ["--exchanges", "1-40000", "--out", owner.at("many.zip")];
    expect((await call("evidence", "excerpt", owner.at("evidence.zip"), ...many)).stderr).toContain(
      "EXCERPT_RANGE",
    );
    expect((await call("evidence", "verify", out, ...opening())).stderr).toContain("FILE_KIND");
    expect((await call("evidence", "show", out)).stderr).toMatch(/^FILE_KIND: .* is an excerpt/);
  });
});

describe("evidence about an endpoint", () => {
  it("cannot be held against a file", async () => {
    const models = ["--suspect", owner.at("released.onnx"), ...REFERENCE];
    const { exitCode, stderr } = await call("evidence", "verify", owner.at("evidence.zip"), ...models);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^FILE_KIND: .*endpoint.*--registration/)]);
  });

  it("tells nobody what text which copy carries, and leaves the committed one closed", () => {
    const { files } = readBundle(new Uint8Array(readFileSync(owner.at("evidence.zip"))));
    const text = (name: string): string => Buffer.from(files.get(name) ?? []).toString("latin1");
    expect(JSON.parse(text("conclusion.json"))).toMatchObject({ payload: null });
    expect(text("registration/marks.jsonl")).toMatch(/"payload":"[0-9a-f]{64}"/);
    for (const name of files.keys()) expect(text(name)).not.toContain("Copy for Alice");
  });
});

/** The bundle with one file changed, as somebody with a signing key could make it. */
function resigned(
  file: string,
  change: (content: Buffer) => Uint8Array,
  key: Uint8Array = ownerKey,
): Uint8Array {
  const files = new Map(readBundle(evidence, { sha256: nativeSha256 }).files);
  const content = files.get(file);
  if (content === undefined) throw new Error(`no ${file}`);
  const changed = change(Buffer.from(content));
  if (Buffer.from(content).equals(changed)) throw new Error(`${file} was not changed`);
  return makeBundle(files.set(file, changed), derivePurpose(key, "signing"), nativeSha256);
}

const flipped = (content: Buffer): Buffer => {
  content.writeUInt8(content.readUInt8(content.length >> 1) ^ 1, content.length >> 1);
  return content;
};
/** Give the first match another last character, of the same kind where it is a digit. */
const edited =
  (pattern: RegExp) =>
  (content: Buffer): Buffer =>
    Buffer.from(
      content
        .toString("latin1")
        .replace(pattern, (text) => `${text.slice(0, -1)}${text.endsWith("1") ? 2 : 1}`),
      "latin1",
    );

describe("a change that is signed again", () => {
  const inflated = (content: Buffer): Buffer =>
    Buffer.from(content.toString("latin1").replace(/"T":-?[\d.]+(,"access")/, '"T":99.5$1'), "latin1");

  it("by a stranger is not the owner's", async () => {
    const stranger = resigned("conclusion.json", inflated, new Uint8Array(32).fill(7));
    const { exitCode, failed } = await verified(stranger);
    expect([exitCode, failed[0]]).toEqual([1, ["signature", "SIGNATURE_OTHER_KEY"]]);
  });

  it.each([
    ["registration/basis.f64", flipped, "registration", "REGISTRATION_BASIS"],
    ["registration/registration.json", edited(/"rows":\d/), "observation", "OBSERVATION_OTHER_REGISTRATION"],
    ["registration/chain.jsonl", edited(/"time":"2\d/), "registration chain", "CHAIN_[A-Z_]+"],
    ["registration/marks.jsonl", edited(/"prev":"[0-9a-f]/), "marks", "CHAIN_[A-Z_]+"],
    ["observation/observation.json", edited(/"asked":\d/), "observation", "OBSERVATION_SEAL"],
    ["observation/seal.json", edited(/"observation":"[0-9a-f]/), "observation", "OBSERVATION_SEAL"],
    ["observation/transcript.jsonl", edited(/"status":\d/), "transcript", "(CHAIN|TRANSCRIPT)_[A-Z_]+"],
    ["conclusion.json", edited(/"observation":"[0-9a-f]/), "conclusion", "CONCLUSION_OTHER_OBSERVATION"],
    ["registration/marks.jsonl", edited(/"signature":"[A-Za-z]/), "marks", "(CHAIN|ENVELOPE|JSON)_[A-Z_]+"],
    ["statement.json", edited(/"T":\d/), "statement", "STATEMENT_DIFFERS"],
    ["statement.sigstore.json", edited(/"hint":"[0-9a-f]/), "statement", "ENVELOPE_SIGNATURE"],
    ["keys/p256.pem", edited(/\n[A-Z]/), "marks", "KEYS_DIFFER"],
    ["statistics.json", edited(/"T":\d/), "statistics", "STATISTICS_DIFFER"],
    ["custody.jsonl", edited(/"time":"2\d/), "custody", "(CHAIN|CUSTODY)_[A-Z_]+"],
    ["report.html", edited(/Verdict: \w/), "report", "REPORT_DIFFERS"],
    ["report.pdf", edited(/Verdict|<[0-9a-f]{8}/), "printed report", "REPORT_DIFFERS"],
    ["declaration.txt", edited(/\[ {2}/), "report", "REPORT_DIFFERS"],
    ["recompute.mjs", edited(/1e-9/), "instructions", "INSTRUCTIONS_UNKNOWN"],
    ["VERIFY.md", edited(/sha256sum/), "instructions", "INSTRUCTIONS_UNKNOWN"],
  ] as const)("by the owner, of %s", async (file, change, check, code) => {
    const { exitCode, failed } = await verified(resigned(file, change));
    expect(exitCode).toBe(1);
    expect(failed[0]).toEqual([check, expect.stringMatching(new RegExp(`^${code}$`))]);
  });

  it("by the owner, of every kind of file that was measured", async () => {
    const { files } = readBundle(evidence, { sha256: nativeSha256 });
    const measured = [...files.keys()].filter((name) => /^observation\/.*\.(?!jsonl?$)/.test(name));
    const kinds = new Map(measured.map((name) => [name.replace(/-.*/, ""), name]));
    expect(kinds.size).toBeGreaterThan(3);
    for (const file of kinds.values()) {
      expect([file, (await verified(resigned(file, flipped))).failed]).toEqual([
        file,
        [["observation", "OBSERVATION_FILE_CHANGED"]],
      ]);
    }
  });

  it("by the owner, of the statistic, is found by whoever holds the disclosed sub-key", async () => {
    const better = resigned("conclusion.json", inflated);
    const { exitCode, failed } = await verified(better, ...opening());
    expect([exitCode, failed[0]]).toEqual([1, ["statistic", expect.any(String)]]);
    const models = [...owner.registration, ...REFERENCE];
    const { checks, ...honest } = await verified(evidence, ...opening(), ...models);
    expect(honest).toMatchObject({ exitCode: 0, verified: true });
    expect(checks.map(({ status }) => status)).toEqual(checks.map(() => "passed"));
  });

  it("is shown with a warning", async () => {
    writeFileSync(
      owner.at("shown.zip"),
      resigned("observation/seal.json", edited(/"observation":"[0-9a-f]/)),
    );
    const { exitCode, stderr } = await call("evidence", "show", owner.at("shown.zip"));
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("does not verify")]);
    expect((await call("evidence", "show", owner.at("evidence.zip"))).stderr).not.toContain(
      "does not verify",
    );
  });
});

describe("a disclosure", () => {
  it("opens for its recipient alone", async () => {
    writeFileSync(owner.at("other.txt"), `${await generateX25519Identity()}\n`);
    const other = [
      "--disclosure",
      owner.at("disclosure.age"),
      "--identity",
      owner.at("other.txt"),
      "--quiet",
    ];
    const { exitCode, stderr } = await call("evidence", "verify", owner.at("evidence.zip"), ...other);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^FILE_KIND: [^\n]*\n$/)]);
  });

  it("of something else fails its check, and nothing is computed from it", async () => {
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    writeFileSync(owner.at("forged.age"), armor.encode(await encrypter.encrypt("{}")));
    const { exitCode, failed, checks } = await verified(evidence, ...opening("forged.age"));
    expect([exitCode, failed]).toEqual([1, [["disclosure", expect.any(String)]]]);
    expect(checks).toContainEqual(expect.objectContaining({ name: "statistic", status: "not checked" }));
  });

  it("needs the owner key, and replaces no file", async () => {
    await done("key", "new", "--out", owner.at("other.key"));
    const wrong = await disclosed("wrong.age", "other.key");
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringMatching(/^WRONG_KEY: [^\n]*\n$/)]);
    expect(existsSync(owner.at("wrong.age"))).toBe(false);
    const before = readFileSync(owner.at("disclosure.age"), "latin1");
    const again = await disclosed("disclosure.age");
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringMatching(/^FILE_EXISTS: [^\n]*\n$/)]);
    expect(readFileSync(owner.at("disclosure.age"), "latin1")).toBe(before);
  });

  it("warns of what it costs before it is written", async () => {
    const out = ["--recipient", recipient, "--out", owner.at("disclosure.age")];
    const again = await call(
      "evidence",
      "disclose",
      owner.at("evidence.zip"),
      "--key",
      owner.at("owner.key"),
      ...out,
      "--yes",
    );
    expect(again.stderr).toMatch(
      /^A disclosure is for good: .*\nWith it the expert draws every figure .*\nFILE_EXISTS: /,
    );
  });

  it("is not made where nobody was asked", async () => {
    const out = ["--recipient", recipient, "--out", owner.at("unasked.age")];
    const key = ["--key", owner.at("owner.key")];
    const ran = await call("evidence", "disclose", owner.at("evidence.zip"), ...key, ...out);
    expect([ran.exitCode, ran.stderr]).toEqual([
      2,
      expect.stringContaining("UNCONFIRMED: nothing was disclosed"),
    ]);
    expect(existsSync(owner.at("unasked.age"))).toBe(false);
  });

  it("does not hold the owner key, in the clear or under it", () => {
    const text = readFileSync(owner.at("disclosure.age"), "latin1");
    expect(text).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/);
    expect(Buffer.from(evidence).toString("latin1")).not.toContain(Buffer.from(ownerKey).toString("hex"));
  });
});

describe("evidence of a file", () => {
  it("is measured again from the models, and only from those", async () => {
    const file = owner.at("file.zip");
    await done("examine", owner.at("released.onnx"), ...owner.claim, "--out", file);
    const bytes = readFileSync(file);
    copyFileSync(owner.at("released.onnx"), owner.at("renamed.onnx"));
    const models = (suspect: string, reference = testModel("glyphs")): string[] => {
      return ["--suspect", suspect, "--reference", reference];
    };
    expect(await verified(bytes, ...models(owner.at("renamed.onnx")))).toMatchObject({
      exitCode: 0,
      checks: expect.arrayContaining([expect.objectContaining({ name: "models", status: "passed" })]),
    });
    for (const [given, code] of [
      [models(testModel("innocent-a")), "RESIDUAL_DIFFERS"],
      [models(owner.at("released.onnx"), testModel("innocent-a")), "WRONG_REFERENCE"],
    ] as const) {
      expect(await verified(bytes, ...given)).toMatchObject({ exitCode: 1, failed: [["models", code]] });
    }
  });
});
