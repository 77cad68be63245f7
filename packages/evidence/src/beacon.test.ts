import { localChain } from "@indicia/testkit/local-chain";
import { bytesToHex } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { demandBeacon, latestTimestamp, roundTime, verifiedRandomness } from "./beacon.js";
import { verifyDrandRound } from "./beacon-drand.js";
import { DRAND_CHAINS } from "./drand-chains.js";
import { readDrandChain, readDrandRound } from "./beacon-json.js";
import { codeOf } from "./test-support/codes.js";

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Rounds that the networks published, with the randomness that was published beside them. */
const RECORDED = [
  {
    chain: DRAND_CHAINS.drand,
    round: 657_413,
    signature:
      "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b",
    previous: null,
    randomness: "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587",
  },
  {
    chain: DRAND_CHAINS["drand-default"],
    round: 3_311_596,
    previous:
      "8ed588f2a7716fb1349e2d9803da5db0005e98a83783c353d4a08f183236a9ad91d70ddb01266f4b7c576983db464b43" +
      "0e65680b9e0098552758afd6c1e6afcb77e3f62fe1b93d42d1cb63abbb2205512fe12fbf74ea9c5ac3b8f5c1e283a1d8",
    signature:
      "a696b9409ababce45749c3a4ec369074453dd4a79967734e1390d969c8ad8d98897d217b9121e92c8ddebbddda8d92f9" +
      "00e3bd6bf9deb166863b1a19390d743f82774001487594c5c09e581db7365f02b70a2c8cc41ce32446ef08e4890c4754",
    randomness: "647c07b2abbf7ff2afb4d670214f565e5cd9f9c91bfdcecb59a21f3c78d73920",
  },
  {
    chain: {
      scheme: "bls-unchained-g1-rfc9380" as const,
      publicKey:
        "81d320f220ee9c79e60e19dedc838c31e3ab919b15481e9feb52f643628c4f6a13fdc52129493875a818109d767272ca" +
        "0541cbcdcea9335f2870d781b39b845ba8cbd44fdfe4967781cf72ca5917fc9398bcf97ca0548ed5a709016c4b1ff0f3",
    },
    round: 38,
    signature:
      "95c93585c513ebbcb4777ff15599b3140e5ec0295faa0e483f3deadd88fa6d43f0d3703e3a4ce106e8fd6c6987f32126",
    previous: null,
    randomness: "b2fc21325a24904a6a9e81a6c63f65f6cec3f0b2400df3f4a56b214770e9ccca",
  },
];

describe("a recorded round", () => {
  it.each(RECORDED)("$round gives the published randomness", ({ chain, randomness, ...round }) => {
    expect(bytesToHex(verifyDrandRound(chain, round))).toBe(randomness);
  });

  it.each(RECORDED)("$round is none of another number, key or signature", ({ chain, ...round }) => {
    const moved = { ...round, round: round.round + 1 };
    const flipped = round.signature.replace(/..$/, (last) => (last === "00" ? "01" : "00"));
    const other = localChain(1);
    for (const wrong of [
      () => verifyDrandRound(chain, moved),
      () => verifyDrandRound(chain, { ...round, signature: flipped }),
      () => verifyDrandRound(chain, { ...round, signature: "c0".padEnd(round.signature.length, "0") }),
      () => verifyDrandRound(chain, { ...round, previous: round.previous === null ? "aa" : null }),
      () => verifyDrandRound({ ...chain, publicKey: other.chain.publicKey }, round),
    ])
      expect(codeOf(wrong)).toBe("BEACON_SIGNATURE");
  });
});

describe("a local chain", () => {
  it("gives the round that a registration names, and no other", () => {
    const { chain, publish } = localChain(3);
    const demand = demandBeacon(chain, new Date("2025-03-01T12:00:00.500Z"));
    const round = readDrandRound(publish(demand.round), chain.hash);
    expect(verifiedRandomness(demand, round)).toHaveLength(32);
    const next = readDrandRound(publish(demand.round + 1), chain.hash);
    expect(codeOf(() => verifiedRandomness(demand, next))).toBe("BEACON_ROUND");
    expect(codeOf(() => verifiedRandomness(demand, { ...round, chain: "00".repeat(32) }))).toBe(
      "BEACON_ROUND",
    );
    expect(codeOf(() => verifiedRandomness(demand, { ...round, signature: next.signature }))).toBe(
      "BEACON_SIGNATURE",
    );
  });
});

describe("the round of a registration", () => {
  it.each([3, 30])("is the first after the window and the delay (period %i)", (period) => {
    const made = new Date("2025-03-01T12:00:00.500Z");
    const { chain } = localChain(period);
    const demand = demandBeacon(chain, made);
    const after = (roundTime(demand).getTime() - made.getTime()) / 1000;
    expect(after).toBeGreaterThanOrEqual(4200);
    expect(after).toBeLessThan(4201 + period);
    expect(roundTime(demand).getTime() - latestTimestamp(demand).getTime()).toBe(3_600_000);
    expect(roundTime({ ...demand, round: 1 })).toEqual(new Date(chain.genesis * 1000));
  });
});

describe("what relays say", () => {
  it("is read, or refused with a code", () => {
    const { drand } = DRAND_CHAINS;
    const info = {
      public_key: drand.publicKey,
      period: 3,
      genesis_time: drand.genesis,
      hash: drand.hash,
      schemeID: drand.scheme,
      groupHash: "f4",
      metadata: { beaconID: "quicknet" },
    };
    expect(readDrandChain(bytes(info))).toEqual(drand);
    expect(codeOf(() => readDrandChain(bytes({ ...info, schemeID: "bls-bn254-unchained-on-g1" })))).toBe(
      "BEACON_CHAIN",
    );
    for (const wrong of [{ round: 0, signature: "aa" }, { round: 1 }, [], { round: 1, signature: "xyz" }])
      expect(codeOf(() => readDrandRound(bytes(wrong), drand.hash))).toBe("BEACON_MALFORMED");
  });
});
