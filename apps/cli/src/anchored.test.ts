import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type LocalAuthority, localAuthority } from "@indicia/testkit/local-authority";
import { localChain } from "@indicia/testkit/local-chain";
import { type ServedAuthority, serveAuthority } from "@indicia/testkit/serve-authority";
import { demandBeacon } from "@indicia/evidence/beacon";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fetchRound } from "./jobs/fetch-round.js";
import { call } from "./test-support/in-process.js";
import { type Owner, registeredOwner, testModel } from "./test-support/owner.js";

const { info, publish, chain } = localChain(3);

let owner: Owner;
let authority: LocalAuthority;
let served: ServedAuthority;
let clock = (): Date => new Date();
beforeAll(async () => {
  owner = await registeredOwner({ mark: false });
  authority = await localAuthority();
  served = await serveAuthority(authority, () => clock());
  writeFileSync(owner.at("root.pem"), authority.rootPem);
  writeFileSync(owner.at("chain.json"), info);
}, 60_000);
afterAll(async () => {
  await served.close();
  owner.remove();
});

async function registered(name: string, ...more: string[]): Promise<Record<string, unknown>> {
  const data = ["--calibration", owner.at("calibration.npz"), "--pool", owner.at("pool.npz")];
  const key = ["--key", owner.at("owner.key"), "--out", owner.at(name)];
  const anchor = ["--tsa", served.url, "--allow-private", "--beacon", owner.at("chain.json"), ...more];
  const done = await call("register", testModel("glyphs"), ...data, ...key, ...anchor, "--json");
  return JSON.parse(done.stdout) as Record<string, unknown>;
}

describe("an anchored registration", () => {
  it("is dated, waits for its round, and is verified from the evidence alone", async () => {
    const report = await registered("anchored", "--tsa-ca", owner.at("root.pem"));
    expect(report["timestamps"]).toEqual([
      expect.objectContaining({ authority: served.url, qualified: false }),
    ]);
    expect(report["standingReasons"]).toEqual(["no plan was committed before the first query"]);
    const { round } = report["beacon"] as { round: number };

    const claim = ["--registration", owner.at("anchored"), "--key", owner.at("owner.key")];
    const marking = ["mark", testModel("glyphs"), ...claim, "--readout", "0.15", "--out", owner.at("copy.onnx")];
    const early = await call(...marking);
    expect([early.exitCode, early.stderr]).toEqual([2, expect.stringMatching(/BEACON_PENDING.*due at \d{4}-/)]);

    writeFileSync(owner.at("other.json"), publish(round + 1));
    expect((await call(...marking, "--beacon", owner.at("other.json"))).stderr).toContain("BEACON_ROUND");
    writeFileSync(owner.at("round.json"), publish(round));
    expect((await call(...marking, "--beacon", owner.at("round.json"))).exitCode).toBe(0);

    // The round is kept: nobody has to give it again.
    const evidence = owner.at("anchored.zip");
    const examining = ["examine", owner.at("copy.onnx"), ...claim, "--reference", testModel("glyphs")];
    const examined = await call(...examining, "--out", evidence, "--json");
    const conclusion = JSON.parse(examined.stdout) as Record<string, unknown>;
    expect(conclusion["verdict"]).toBe("match");
    expect(conclusion["standing"]).toBe("exploratory");
    expect(conclusion["standingReasons"]).toEqual(["no plan was committed before the first query"]);
    expect(conclusion["log10PGround"]).toBe(conclusion["log10PIdeal"]);

    const verified = await call("evidence", "verify", evidence, "--tsa-ca", owner.at("root.pem"));
    expect(verified.exitCode, verified.stderr).toBe(0);
    expect(verified.stderr).toMatch(/passed +timestamps: .*chain checked to the given root "CN=Local Timestamps Root"/);
    expect(verified.stderr).toContain(`passed      beacon: round ${round}`);
    expect((await call("evidence", "verify", evidence)).stderr).toContain("the registered root");

    const impostor = await localAuthority();
    writeFileSync(owner.at("impostor.pem"), impostor.rootPem);
    const refused = await call("evidence", "verify", evidence, "--tsa-ca", owner.at("impostor.pem"));
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringMatching(/failed +timestamps/)]);
  }, 120_000);

  it("says so where nobody vouches for the authority", async () => {
    const report = await registered("rootless");
    expect(report["standingReasons"]).toContain(
      "no root of trust was registered for the timestamp, so that anybody may have made it",
    );
  }, 60_000);

  it("is not made where the timestamp comes too late for the round", async () => {
    clock = () => new Date(Date.now() + 900_000);
    const report = await registered("late", "--tsa-ca", owner.at("root.pem"));
    clock = () => new Date();
    expect(report["error"]).toMatchObject({ code: "TIMESTAMP_LATE" });
    expect(owner.listing().join("\n")).not.toContain("late/");
  }, 60_000);

  it("is refused once its timestamp was exchanged", async () => {
    const token = owner.at("anchored/timestamps/0.tsr");
    const own = readFileSync(token);
    writeFileSync(token, readFileSync(owner.at("rootless/timestamps/0.tsr")));
    const claim = ["--registration", owner.at("anchored"), "--key", owner.at("owner.key")];
    const refused = await call("mark", testModel("glyphs"), ...claim, "--out", owner.at("another.onnx"));
    writeFileSync(token, own);
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining("TIMESTAMP_IMPRINT")]);
  });
});

describe("a round", () => {
  it("is fetched from the first relay that has a good one", async () => {
    const demand = demandBeacon(chain, new Date());
    const server = createServer((request, response) => {
      if (request.url === `/bad/${chain.hash}/public/${demand.round}`) response.end(publish(demand.round + 1));
      else if (request.url === `/good/${chain.hash}/public/${demand.round}`) response.end(publish(demand.round));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const relays = (...names: string[]) => ({ urls: names.map((name) => `${url}/${name}`), allowPrivate: true });
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
