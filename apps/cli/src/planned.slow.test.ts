import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { writeNpz } from "@indicia/data/npz";
import { int32Values } from "@indicia/evidence/numbers";
import { type LocalAuthority, localAuthority } from "@indicia/testkit/local-authority";
import { localChain } from "@indicia/testkit/local-chain";
import { type ServedAuthority, serveAuthority } from "@indicia/testkit/serve-authority";
import { tinyInputs } from "@indicia/testkit/tiny-classifier";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, json } from "./test-support/in-process.js";
import { tinyOwner } from "./test-support/tiny-owner.js";

const { info, publish } = localChain(3);
const owner = await tinyOwner({ features: 32, classes: 8 });
const { at, file: MODEL, key: KEY, registration: CLAIM } = owner;
const COPY = at("copy.onnx");
const ASKED = ["--protocol", "onnx-black-box"];
const ROWS = 700;

let authority: LocalAuthority;
let served: ServedAuthority;

const done = (...args: string[]): Promise<Record<string, unknown>> => json(...args);

async function refusal(...args: string[]): Promise<unknown> {
  const { exitCode, stdout } = await call(...args, "--json");
  expect(exitCode).toBe(2);
  return (JSON.parse(stdout) as { error: { code: unknown } }).error.code;
}

const dated = (): string[] => {
  const authorities = ["--tsa", served.url, "--tsa-ca", at("root.pem"), "--allow-private"];
  return [...authorities, "--beacon", at("chain.json")];
};

/** Make a plan, and have its round published. */
async function planned(name: string, suspect: string, ...more: string[]): Promise<Record<string, unknown>> {
  const report = await done("plan", suspect, ...CLAIM, ...dated(), ...more, "--out", at(name));
  const { round } = (report["beacon"] ?? { round: 1 }) as { round: number };
  writeFileSync(at(`${name}.round`), publish(round));
  return report;
}

const follow = (name: string): string[] => ["--plan", at(name), "--beacon", at(`${name}.round`)];

beforeAll(async () => {
  authority = await localAuthority();
  served = await serveAuthority(authority, () => new Date());
  writeFileSync(at("root.pem"), authority.rootPem);
  writeFileSync(at("chain.json"), info);
  writeFileSync(at("rows.npz"), writeNpz(tinyInputs(owner.model, ROWS, 1), { compress: true }));
  const data2 = ["--calibration", at("rows.npz"), "--out", at("registration")];
  const report = await done("register", MODEL, ...KEY, ...data2, ...dated());
  const { round } = report["beacon"] as { round: number };
  writeFileSync(at("salt.round"), publish(round));
  const strength = ["--weights", "auto", "--readout", "0.3", "--label-budget", "0.1"];
  await done("mark", MODEL, ...CLAIM, ...KEY, ...strength, "--beacon", at("salt.round"), "--out", COPY);
});
afterAll(async () => {
  await served.close();
  owner.remove();
});

describe("a plan", () => {
  it("is dated, waits for its round, and makes what follows it anchored", async () => {
    const report = await planned("first", COPY, ...ASKED, "--budget", "200", "--level", "1e-5");
    expect(report).toMatchObject({
      position: 1,
      level: 1e-5,
      asking: { admitted: 350 },
      standingReasons: [],
    });

    const examining = ["examine", COPY, ...CLAIM, ...KEY, "--reference", MODEL, ...ASKED];
    expect(await refusal(...examining, "--plan", at("first"))).toBe("BEACON_PENDING");
    expect(await refusal(...examining, ...follow("first"), "--budget", "100")).toBe("PLAN_CONTRADICTED");
    expect(await refusal(...examining, ...follow("first"), "--level", "1e-4")).toBe("PLAN_CONTRADICTED");
    const other = ["examine", MODEL, ...CLAIM, ...KEY, "--reference", MODEL, ...ASKED];
    expect(await refusal(...other, ...follow("first"))).toBe("PLAN_OTHER_SUSPECT");

    const evidence = at("first.zip");
    const conclusion = await done(...examining, ...follow("first"), "--budget", "200", "--out", evidence);
    expect(conclusion).toMatchObject({
      verdict: "match",
      standing: "anchored",
      standingReasons: [],
      level: 1e-5,
      position: 1,
      plan: { sha256: report["plan"], draw: 0, fresh: null },
    });
    const models = ["--registration", at("registration"), "--reference", MODEL];
    const verified = await call("evidence", "verify", evidence, "--tsa-ca", at("root.pem"), ...models);
    expect([verified.exitCode, verified.stderr]).toEqual([0, expect.stringContaining("match, anchored")]);
    expect(verified.stderr).toMatch(/passed +plan: \w{64}, line 3 .*dated .* by "CN=Local Timestamps"/);
    expect(verified.stderr).toMatch(/passed +models: \d+ residuals measured again/);
    const impostor = await localAuthority();
    writeFileSync(at("impostor.pem"), impostor.rootPem);
    const refused = await call("evidence", "verify", evidence, "--tsa-ca", at("impostor.pem"));
    expect(refused.stderr).toMatch(/failed +plan/);
  });

  it("lets another party ask again on rows that were not asked, and names it", async () => {
    await planned("second", COPY, ...ASKED, "--budget", "150");
    // Whoever observes has a copy of the registration and no key of its owner's.
    cpSync(at("registration"), at("lent"), { recursive: true });
    const { privateKey } = generateKeyPairSync("ed25519");
    writeFileSync(at("observer.pem"), privateKey.export({ format: "pem", type: "pkcs8" }));
    const observing = ["observe", COPY, "--registration", at("lent"), "--reference", MODEL, ...ASKED];
    await done(...observing, ...follow("second"), "--out", at("o1"));
    const party = ["--observer", "Dr Example", "--observer-key", at("observer.pem")];
    await done(...observing, ...follow("second"), "--fresh", at("o1"), ...party, "--out", at("o2"));

    const asked = (name: string): number[] => [
      ...int32Values(new Uint8Array(readFileSync(at(`${name}/probe-rows.i32`)))),
      ...int32Values(new Uint8Array(readFileSync(at(`${name}/learning-rows.i32`)))),
    ];
    const first = new Set(asked("o1"));
    expect(first.size).toBeGreaterThan(100);
    expect(asked("o2").filter((row) => first.has(row))).toEqual([]);

    const concluding = (name: string): string[] => ["conclude", at(name), ...CLAIM, ...KEY];
    expect(await refusal(...concluding("o2"))).toBe("PLAN_FRESH");
    expect((await done(...concluding("o1"), "--out", at("o1.zip")))["position"]).toBe(2);
    const again = await done(...concluding("o2"), "--out", at("o2.zip"));
    expect(again).toMatchObject({ position: 3, standing: "anchored", observer: { name: "Dr Example" } });
    expect(again["claim"]).toMatch(/asked again on fresh probes \(draw 2 of its plan/);
    const limits = (again["limits"] as string[]).join("\n");
    expect(limits).toContain('Observed by "Dr Example"');
    expect(limits).not.toContain("Conditional on an honest transcript");
    const verified = await call("evidence", "verify", at("o2.zip"));
    expect(verified.stderr).toMatch(/passed +observer: "Dr Example" signed the seal/);
    expect(verified.exitCode).toBe(0);
    const html = execFileSync("unzip", ["-p", at("o2.zip"), "report.html"]).toString();
    expect(html).toContain("is the word of Dr Example, who signed the seal");
  });

  it("needs no beacon for an open file, which is asked nothing", async () => {
    const authorities = ["--tsa", served.url, "--tsa-ca", at("root.pem"), "--allow-private"];
    await done("plan", COPY, ...CLAIM, ...authorities, "--out", at("open"));
    const examining = ["examine", COPY, ...CLAIM, ...KEY, "--reference", MODEL, "--plan", at("open")];
    const conclusion = await done(...examining, "--out", at("open.zip"));
    expect(conclusion).toMatchObject({ standing: "anchored", position: 4 });
    expect((await call("evidence", "verify", at("open.zip"))).exitCode).toBe(0);
  });

  it("is refused where it was altered, entered nowhere, or is another registration's", async () => {
    await planned("third", COPY, ...ASKED, "--budget", "150");
    const examining = ["examine", COPY, ...CLAIM, ...KEY, "--reference", MODEL, ...ASKED];
    const file = at("third/plan.json");
    const own = readFileSync(file, "utf8");
    writeFileSync(file, own.replace('"level":0.000001', '"level":0.01'));
    expect(await refusal(...examining, ...follow("third"))).toBe("TIMESTAMP_IMPRINT");
    writeFileSync(file, own.replace('"budget":150', '"budget":"150"'));
    expect(await refusal(...examining, ...follow("third"))).toBe("PLAN_MALFORMED");
    writeFileSync(file, own);
    const early = at("third/beacon.json");
    writeFileSync(early, readFileSync(at("first/beacon.json")));
    expect(await refusal(...examining, "--plan", at("third"))).toMatch(/^BEACON_/);
    rmSync(early);
    const foreign = ["examine", COPY, "--registration", at("lent"), ...KEY, "--reference", MODEL, ...ASKED];
    expect(await refusal(...foreign, ...follow("third"))).toBe("PLAN_UNCOUNTED");
  });

  it("is followed by a trace, whose evidence verifies and is drawn again", async () => {
    const customers = ["--customers", at("customers.jsonl")];
    await done("customers", "add", "alice", "bob", ...CLAIM, ...KEY, ...customers);
    await planned("traced", COPY, ...ASKED, "--budget", "100");
    const tracing = ["trace", COPY, ...CLAIM, ...KEY, ...customers, "--reference", MODEL, ...ASKED];
    const report = await done(...tracing, ...follow("traced"), "--out", at("traces"));
    expect(report).toMatchObject({ verdict: "inconclusive", standing: "exploratory" });
    const evidence = at("traces/evidence.zip");
    const verified = await call("evidence", "verify", evidence, "--tsa-ca", at("root.pem"));
    expect(verified.stderr).toMatch(/passed +plan: \w{64}.*dated .* by "CN=Local Timestamps"/);
    expect(verified.stderr).not.toContain("failed");
    expect(verified.exitCode).toBe(0);
  }, 120_000);

  it("without clock or beacon leaves the standing exploratory, and says why", async () => {
    const report = await done("plan", COPY, ...CLAIM, ...ASKED, "--budget", "100", "--out", at("bare"));
    const reasons = ["the plan has no outside timestamp", "no public beacon drew the probes"];
    expect(report["standingReasons"]).toEqual(reasons);
    const examining = ["examine", COPY, ...CLAIM, ...KEY, "--reference", MODEL, ...ASKED];
    const conclusion = await done(...examining, "--plan", at("bare"));
    expect(conclusion).toMatchObject({ standing: "exploratory", standingReasons: reasons });
  });
});
