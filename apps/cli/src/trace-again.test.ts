import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readChain } from "@indicia/evidence/chain";
import { observationPlaces } from "@indicia/evidence/observation-places";
import { ageWrap } from "@indicia/vault/age-keys";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answered, call, done, type Ran } from "./test-support/in-process.js";
import { loggedRows } from "./test-support/logged-rows.js";
import { type Owner, REFERENCE, registeredOwner, testModel } from "./test-support/owner.js";

const BUDGET = "40";
/** Who has nothing to do with it: places are counted all the same. */
const SUSPECT = testModel("innocent-b");
let owner: Owner;

/** The registration's chain, and whose place each of its observations has. */
function places(): { readonly commitment: string; readonly purposes: readonly string[] } {
  const bytes = new Uint8Array(readFileSync(owner.at("registration/chain.jsonl")));
  const { lines } = readChain(bytes, { kind: "registration" });
  const body = lines[0]?.body as { readonly commitment: string } | undefined;
  return {
    commitment: body?.commitment ?? "",
    purposes: observationPlaces(lines).map(({ purpose }) => purpose),
  };
}

const RESUMED = ["--protocol", "onnx-black-box", "--full", "--json", "--resume"];

function tracedWith(claim: readonly string[], ...more: string[]): Promise<Ran> {
  const register = ["--customers", owner.at("customers.jsonl")];
  const resumed = [...RESUMED, owner.at("observation")];
  return call("trace", SUSPECT, ...claim, ...register, ...resumed, ...more);
}

const own = (): string[] => [...owner.registration, ...owner.key];
const traced = (...more: string[]): Promise<Ran> => tracedWith(owner.claim, ...more);
const codeOf = ({ stdout }: Ran): unknown => (JSON.parse(stdout) as { error?: { code: string } }).error?.code;
const transcript = (): string => readFileSync(owner.at("observation/logged/transcript.jsonl"), "utf8");

beforeAll(async () => {
  owner = await registeredOwner({ mark: false });
  await done("customers", "add", "carol", ...own(), "--customers", owner.at("customers.jsonl"));
  const asking = ["--protocol", "onnx-black-box", "--budget", BUDGET, "--out", owner.at("observation")];
  await done("observe", SUSPECT, ...owner.registration, ...REFERENCE, ...asking);
  await loggedRows(owner, "log", [0, 1, 2, 3]);
  await loggedRows(owner, "other log", [4, 5, 6, 7]);
}, 120_000);
afterAll(() => owner.remove());

describe("an observation that is traced, and traced again", () => {
  it("has a place for its examination, one for its trace, and one for the queries asked again", async () => {
    await answered("conclude", owner.at("observation"), ...own());
    expect(places().purposes).toEqual(["examination"]);
    expect((await traced()).exitCode).toBe(1);
    expect(places().purposes).toEqual(["examination", "trace"]);
    expect((await traced("--query-log", owner.at("log"), "--budget", BUDGET)).exitCode).toBe(1);
    expect(places().purposes).toEqual(["examination", "trace", "logged queries"]);
    await answered("conclude", owner.at("observation"), ...own());
    await traced();
    expect(places().purposes).toEqual(["examination", "trace", "logged queries"]);
  });

  it("is drawn again by whoever has the disclosed sub-key, and parted again with the log", async () => {
    const out = owner.at("traced");
    await traced("--query-log", owner.at("log"), "--budget", BUDGET, "--out", out);
    const [evidence, disclosure, expert] = [`${out}/evidence.zip`, owner.at("d.age"), owner.at("expert.txt")];
    const identity = await generateX25519Identity();
    writeFileSync(expert, `${identity}\n`, { mode: 0o600 });
    const recipient = ["--recipient", await identityToRecipient(identity)];
    await done("evidence", "disclose", evidence, ...owner.key, ...recipient, "--out", disclosure, "--yes");
    const opening = ["--disclosure", disclosure, "--identity", expert];
    const verified = await call("evidence", "verify", evidence, ...opening);
    expect(verified.stderr).toMatch(/passed +statistic: carol .*every other figure, recomputed; logged/);
    expect(verified.stderr).toMatch(/not checked logged sets: that 0 of 1 sets .*give --query-log/);
    const again = (log: string): Promise<Ran> =>
      call(
        "evidence",
        "verify",
        evidence,
        ...opening,
        ...owner.registration,
        ...REFERENCE,
        "--query-log",
        log,
      );
    expect((await again(owner.at("log"))).stderr).toMatch(/passed +logged sets: 1 sets .*parted again/);
    expect((await again(owner.at("other log"))).stderr).toMatch(/not checked logged sets: .*ends otherwise/);
  });

  it("says what the budget left out", async () => {
    renameSync(owner.at("observation/logged"), owner.at("logged whole"));
    try {
      const ran = await traced("--query-log", owner.at("log"), "--budget", "3");
      expect(ran.stderr).toMatch(/left out 1 logged query: 0 of signed batches, .* --budget 4 asks all/);
      expect(JSON.parse(ran.stdout)).toMatchObject({
        requeries: 3,
        requeriesLeftOut: { signedBatches: 0, committedPool: 0, leads: 1 },
      });
    } finally {
      rmSync(owner.at("observation/logged"), { recursive: true });
      renameSync(owner.at("logged whole"), owner.at("observation/logged"));
    }
  });

  it("asks no other queries in a folder where some were asked, and counts nothing for trying", async () => {
    const [before, asked] = [places(), transcript()];
    for (const more of [
      ["--query-log", owner.at("other log"), "--budget", BUDGET],
      ["--query-log", owner.at("log"), "--budget", "3"],
    ])
      expect(codeOf(await traced(...more))).toBe("FOLDER_INVALID");
    expect([places(), transcript()]).toEqual([before, asked]);
  });

  it("asks them of no other suspect than was observed", async () => {
    const asking = ["--query-log", owner.at("log"), "--budget", BUDGET, "--json", "--full"];
    const other = [
      ...owner.claim,
      "--customers",
      owner.at("customers.jsonl"),
      "--protocol",
      "onnx-black-box",
    ];
    const resumed = ["--resume", owner.at("observation")];
    const before = places();
    expect(codeOf(await call("trace", testModel("innocent-a"), ...other, ...asking, ...resumed))).toBe(
      "TRANSCRIPT_OTHER_TARGET",
    );
    expect(places()).toEqual(before);
  });

  it("is opened by no other key, whatever else is changed on going on", async () => {
    await done("key", "new", "--out", owner.at("other.key"));
    const [before, asked] = [places(), transcript()];
    for (const log of ["log", "other log"]) {
      const key = ["--key", owner.at("other.key")];
      const claim = [...owner.registration, ...key, ...REFERENCE];
      const ran = await tracedWith(claim, "--query-log", owner.at(log), "--budget", BUDGET);
      expect(codeOf(ran)).toBe("WRONG_KEY");
      const concluded = await call("conclude", owner.at("observation"), ...claim.slice(0, 4), "--json");
      expect(codeOf(concluded)).toBe("WRONG_KEY");
    }
    expect([places(), transcript()]).toEqual([before, asked]);
  });

  it("asks out of an encrypted log whoever has its key, and nobody else", async () => {
    const identity = await generateX25519Identity();
    const recipients = [await identityToRecipient(identity)];
    const wrap = ageWrap({ kind: "recipients", recipients });
    await loggedRows(owner, "sealed log", [0, 1, 2, 3], { kind: "wrapped", wrap, unwrap: null });
    writeFileSync(owner.at("log.txt"), `${identity}\n`, { mode: 0o600 });
    const asking = ["--query-log", owner.at("sealed log"), "--budget", BUDGET];
    expect(codeOf(await traced(...asking))).toBe("QUERY_LOG_SEALED");
    // They are the queries that were asked in this folder before.
    expect((await traced(...asking, "--query-log-identity", owner.at("log.txt"))).exitCode).toBe(1);
  });

  it("pays for another place where the folder is moved away and another log is asked", async () => {
    const before = places().purposes;
    renameSync(owner.at("observation/logged"), owner.at("logged before"));
    try {
      expect((await traced("--query-log", owner.at("other log"), "--budget", BUDGET)).exitCode).toBe(1);
      expect(places().purposes).toEqual([...before, "logged queries"]);
    } finally {
      rmSync(owner.at("observation/logged"), { recursive: true });
      renameSync(owner.at("logged before"), owner.at("observation/logged"));
    }
  });
});
