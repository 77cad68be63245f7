import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type LocalAuthority, localAuthority } from "@indicia/testkit/local-authority";
import { localChain } from "@indicia/testkit/local-chain";
import { type ServedAuthority, serveAuthority } from "@indicia/testkit/serve-authority";
import { demandBeacon } from "@indicia/evidence/beacon";
import { makeBundle, readBundle } from "@indicia/evidence/bundle";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { readZip } from "@indicia/evidence/zip-read";
import { derivePurpose } from "@indicia/proof/keys";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fetchRound } from "@indicia/operations/fetch-round";
import { readKeyFile } from "@indicia/operations/key-file";
import { call } from "./test-support/in-process.js";
import { tinyOwner } from "./test-support/tiny-owner.js";

const { info, publish, chain } = localChain(3);

const { at, key: KEY, file: MODEL, remove } = await tinyOwner({ features: 32, classes: 8 });
const STRENGTH = ["--weights", "off", "--readout", "0.3", "--label-budget", "0.1"];
/** What remains to be said once clock and chance are not the owner's. */
const REMAINING = ["no plan was committed before the first query", "the calibration data were random"];

let authority: LocalAuthority;
let served: ServedAuthority;
let clock = (): Date => new Date();
beforeAll(async () => {
  authority = await localAuthority();
  served = await serveAuthority(authority, () => clock());
  writeFileSync(at("root.pem"), authority.rootPem);
  writeFileSync(at("chain.json"), info);
});
afterAll(async () => {
  await served.close();
  remove();
});

async function registered(name: string, ...more: string[]): Promise<Record<string, unknown>> {
  const anchor = ["--tsa", served.url, "--allow-private", "--beacon", at("chain.json"), ...more];
  const data = ["--calibration", "random:700", "--out", at(name)];
  const ran = await call("register", MODEL, ...KEY, ...data, ...anchor, "--json");
  return JSON.parse(ran.stdout) as Record<string, unknown>;
}

describe("an anchored registration", () => {
  it("is dated, waits for its round, and is verified from the evidence alone", async () => {
    const report = await registered("anchored", "--tsa-ca", at("root.pem"));
    expect(report["timestamps"]).toEqual([
      expect.objectContaining({ authority: served.url, qualified: false }),
    ]);
    expect(report["standingReasons"]).toEqual(REMAINING);
    const { round } = report["beacon"] as { round: number };

    const claim = ["--registration", at("anchored"), ...KEY];
    const marking = ["mark", MODEL, ...claim, ...STRENGTH, "--out", at("copy.onnx")];
    const early = await call(...marking);
    expect([early.exitCode, early.stderr]).toEqual([
      2,
      expect.stringMatching(/BEACON_PENDING.*due at \d{4}-/),
    ]);

    writeFileSync(at("other.json"), publish(round + 1));
    expect((await call(...marking, "--beacon", at("other.json"))).stderr).toContain("BEACON_ROUND");
    writeFileSync(at("round.json"), publish(round));
    expect((await call(...marking, "--beacon", at("round.json"))).exitCode).toBe(0);

    // The round is kept: nobody has to give it again.
    const evidence = at("anchored.zip");
    const examining = ["examine", at("copy.onnx"), ...claim, "--reference", MODEL];
    const examined = await call(...examining, "--out", evidence, "--json");
    const conclusion = JSON.parse(examined.stdout) as Record<string, unknown>;
    expect(conclusion["verdict"]).toBe("match");
    expect(conclusion["standing"]).toBe("exploratory");
    expect(conclusion["standingReasons"]).toEqual(REMAINING);
    expect(conclusion["log10PGround"]).toBe(conclusion["log10PIdeal"]);

    const verified = await call("evidence", "verify", evidence, "--tsa-ca", at("root.pem"));
    expect(verified.exitCode).toBe(0);
    expect(verified.stderr).toMatch(
      /passed +timestamps: .*chain checked to the given root "CN=Local Timestamps Root"/,
    );
    expect(verified.stderr).toContain(`passed      beacon: round ${round}`);
    expect((await call("evidence", "verify", evidence)).stderr).toContain("the registered root");

    const impostor = await localAuthority();
    writeFileSync(at("impostor.pem"), impostor.rootPem);
    const refused = await call("evidence", "verify", evidence, "--tsa-ca", at("impostor.pem"));
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringMatching(/failed +timestamps/)]);
  }, 120_000);

  it("has evidence of which no byte can be changed, nor its anchor by its own owner", async () => {
    const evidence = new Uint8Array(readFileSync(at("anchored.zip")));
    const failures = async (bytes: Uint8Array): Promise<unknown> => {
      writeFileSync(at("changed.zip"), bytes);
      const { exitCode, stdout } = await call("evidence", "verify", at("changed.zip"), "--json");
      const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; code?: string }[] };
      expect(exitCode).toBe(checks.some(({ status }) => status === "failed") ? 1 : 0);
      return checks.filter(({ status }) => status === "failed").map(({ name, code }) => `${name}: ${code}`);
    };
    expect(await failures(evidence)).toEqual([]);
    const anchored = readZip(evidence).filter(({ name }) =>
      /timestamps|beacon|^keys|report|\.jsonl$/.test(name),
    );
    expect(anchored.length).toBeGreaterThanOrEqual(11);
    for (const { name, packed } of anchored) {
      const changed = Uint8Array.from(evidence);
      const middle = packed.byteOffset - evidence.byteOffset + (packed.length >> 1);
      changed[middle] = (changed[middle] ?? 0) ^ 1;
      expect([name, await failures(changed)]).toEqual([name, [expect.stringMatching(/^archive: /)]]);
    }
    const seed = derivePurpose(
      await readKeyFile({ path: at("owner.key"), passphraseEnv: null }, { environment: {}, askSecret: null }),
      "signing",
    );
    const { files } = readBundle(evidence, { sha256: nativeSha256 });
    for (const [name, code] of [
      ["registration/timestamps/0.tsr", /^timestamps: (TIMESTAMP_[A-Z]+|CERTIFICATE_MALFORMED)$/],
      ["registration/timestamps/roots.pem", /^timestamps: (TIMESTAMP_CHAIN|CERTIFICATE_MALFORMED)$/],
      ["registration/beacon.json", /^beacon: (BEACON_[A-Z]+|JSON_[A-Z_]+)$/],
    ] as const) {
      const content = Uint8Array.from(files.get(name) ?? []);
      content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1;
      const resigned = makeBundle(new Map(files).set(name, content), seed, nativeSha256);
      expect([name, await failures(resigned)]).toEqual([name, [expect.stringMatching(code)]]);
    }
  }, 120_000);

  it("says so where nobody vouches for the authority", async () => {
    const report = await registered("rootless");
    expect(report["standingReasons"]).toContain(
      "no root of trust was registered for the timestamp, so that anybody may have made it",
    );
  }, 120_000);

  it("is not made where the timestamp comes too late for the round", async () => {
    clock = () => new Date(Date.now() + 900_000);
    const report = await registered("late", "--tsa-ca", at("root.pem"));
    clock = () => new Date();
    expect(report["error"]).toMatchObject({ code: "TIMESTAMP_LATE" });
    expect(existsSync(at("late"))).toBe(false);
  }, 120_000);

  it("is refused once its timestamp was exchanged", async () => {
    const token = at("anchored/timestamps/0.tsr");
    const own = readFileSync(token);
    writeFileSync(token, readFileSync(at("rootless/timestamps/0.tsr")));
    const claim = ["--registration", at("anchored"), ...KEY];
    const refused = await call("mark", MODEL, ...claim, "--out", at("another.onnx"));
    writeFileSync(token, own);
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining("TIMESTAMP_IMPRINT")]);
  });
});

describe("a round", () => {
  it("is fetched from the first relay that has a good one", async () => {
    const demand = demandBeacon(chain, new Date());
    const server = createServer((request, response) => {
      if (request.url === `/bad/${chain.hash}/public/${demand.round}`)
        response.end(publish(demand.round + 1));
      else if (request.url === `/good/${chain.hash}/public/${demand.round}`)
        response.end(publish(demand.round));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const relays = (...names: string[]) => ({
      urls: names.map((name) => `${url}/${name}`),
      allowPrivate: true,
    });
    try {
      const found = await fetchRound(demand, relays("none", "bad", "good"));
      expect(found.round).toBe(demand.round);
      await expect(fetchRound(demand, relays("none", "bad"))).rejects.toMatchObject({
        code: "BEACON_UNAVAILABLE",
        message: expect.stringContaining("HTTP status 404"),
      });
      await expect(fetchRound(demand, { urls: [url], allowPrivate: false })).rejects.toMatchObject({
        code: "BEACON_UNAVAILABLE",
      });
    } finally {
      server.close();
    }
  });
});
