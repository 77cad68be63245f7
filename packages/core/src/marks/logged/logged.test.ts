import { rmSync } from "node:fs";
import { weighLogged } from "@indicia/evidence/weigh-logged";
import type { SealedLogged } from "@indicia/evidence/logged-formats";
import { innocentSuspect } from "@indicia/testkit/innocent";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Claim, claimOf, drawnRows, labelOf, servedSuspect } from "../../test-support/claim.js";
import { askedAgain, loggedGroups, type Served, servedTo, tableThief } from "../../test-support/logged.js";
import { expectedTiltT } from "./theory.js";

const CLASSES = 8;
const TILT = 0.05;
const LEVEL = Math.log(1e-6);
const PRICE = { customers: 1000, statistics: 5, observation: 1 } as const;

let claim: Claim;
let served: Served;
beforeAll(async () => {
  claim = await claimOf({ features: 32, classes: CLASSES });
  const [name = ""] = Object.keys(claim.pool.tensors);
  const rows = drawnRows("logged queries", 3000);
  const [tensor] = Object.values(rows.tensors);
  if (tensor === undefined) throw new TypeError("rows were drawn");
  served = await servedTo(claim, { ...rows, tensors: { [name]: tensor } }, { tilt: TILT });
});
afterAll(() => rmSync(claim.folder, { recursive: true }));

const weighed = (
  sealed: SealedLogged,
  seed = served.keys.customer("alice"),
): ReturnType<typeof weighLogged> => weighLogged(sealed, () => seed, PRICE);
const first = (count: number): string[] => served.queries.slice(0, count);
const hard = (values: Float64Array): ReturnType<typeof labelOf> => labelOf(values);

describe("a thief who keeps a table of what he was told", () => {
  it("is named by the tilt of what he had signed, at the T that theory gives", async () => {
    const suspect = tableThief(served);
    const groups = loggedGroups(claim, { queries: first(300) }, first(300));
    const { witnesses, leads } = weighed(await askedAgain(claim, served, { suspect, groups }));
    const raw = witnesses.find(({ statistic }) => statistic === "tilt, log-ratio, raw");
    const expected = expectedTiltT({ queries: 300, classes: CLASSES, tilt: TILT, kept: 1, deviation: 0 });
    // A label or two was changed, which weighs more than a tilt; every query weighs the same where they are evened.
    const evened = witnesses.find(({ statistic }) => statistic === "tilt, log-ratio, evened");
    expect(evened?.T).toBeGreaterThan(0.8 * expected);
    expect(evened?.T).toBeLessThanOrEqual(1.001 * expected);
    expect(raw?.T).toBeGreaterThan(8);
    expect(evened?.lnP).toBeLessThan(LEVEL);
    expect(leads).toEqual([]);
  });

  it("is named by labels alone, through those that the key changed", async () => {
    expect(served.changed).toBeGreaterThan(6);
    expect(served.changed).toBeLessThanOrEqual(0.005 * served.queries.length);
    const suspect = tableThief(served, hard);
    const groups = loggedGroups(claim, served, served.queries);
    const { witnesses } = weighed(await askedAgain(claim, served, { suspect, groups }));
    const labels = witnesses.find(({ statistic }) => statistic.startsWith("keyed labels"));
    expect(labels?.lnIdeal).toBeLessThan(LEVEL);
  });

  it("shows nothing under another customer's key", async () => {
    const groups = loggedGroups(claim, served, first(300));
    const sealed = await askedAgain(claim, served, { suspect: tableThief(served), groups });
    const { witnesses } = weighed(sealed, served.keys.customer("bob"));
    expect(Math.min(...witnesses.map(({ lnP }) => lnP))).toBeGreaterThan(LEVEL);
  });

  it("is a lead, without any p-value, where nobody fixed the queries", async () => {
    const groups = loggedGroups(claim, { queries: first(200) }, []);
    const { witnesses, leads } = weighed(
      await askedAgain(claim, served, { suspect: tableThief(served), groups }),
    );
    expect(witnesses).toEqual([]);
    expect(Math.max(...leads.map(({ z }) => z))).toBeGreaterThan(10);
    for (const lead of leads)
      expect(Object.keys(lead).sort()).toEqual(["customer", "lost", "queries", "statistic", "z"]);
  });
});

describe("the sets of queries of one customer", () => {
  it("are paid for beside one another, the pool among them", async () => {
    const groups = loggedGroups(claim, { queries: first(60) }, first(20), first(60).slice(40));
    const sealed = await askedAgain(claim, served, { suspect: tableThief(served), groups });
    const paid = new Map(
      weighed(sealed).witnesses.map(({ kind, corrections }) => [
        kind,
        corrections.find(({ name }) => name === "sets of the customer's queries")?.factor,
      ]),
    );
    expect(paid).toEqual(
      new Map([
        ["signed-batch", 6],
        ["committed-pool", 2],
      ]),
    );
  });
});

describe("whoever has nothing to do with the key", () => {
  it.each([
    ["the reference", () => servedSuspect(claim.reference)],
    ["the reference's labels", () => servedSuspect(claim.reference, labelOf)],
    ["a stranger", async () => innocentSuspect({ seed: 5, classes: CLASSES, features: 12 })],
  ] as const)("%s is inconclusive under the real key", async (_, open) => {
    const suspect = await open();
    const groups = loggedGroups(claim, { queries: first(400) }, first(400));
    const { witnesses } = weighed(await askedAgain(claim, served, { suspect, groups }));
    await suspect.close();
    expect(witnesses.length).toBeGreaterThan(1);
    expect(Math.min(...witnesses.map(({ lnP }) => lnP))).toBeGreaterThan(LEVEL);
  });
});

describe("with shadow models", () => {
  it("each residual comes once more beside them, and the table is found all the same", async () => {
    const shadowed = await claimOf({ features: 32, classes: CLASSES, shadows: 2 });
    const asked = await servedTo(shadowed, shadowed.pool, { tilt: TILT });
    const groups = loggedGroups(shadowed, asked, asked.queries.slice(0, 200));
    const sealed = await askedAgain(shadowed, asked, {
      suspect: tableThief(asked),
      groups: groups.slice(0, 1),
    });
    rmSync(shadowed.folder, { recursive: true });
    const { witnesses } = weighed(sealed, asked.keys.customer("alice"));
    expect(witnesses.map(({ statistic }) => statistic).slice(0, 4)).toEqual(
      ["log-ratio", "shadow-log-ratio"].flatMap((residual) => [
        `tilt, ${residual}, raw`,
        `tilt, ${residual}, evened`,
      ]),
    );
    expect(witnesses[1]?.lnP).toBeLessThan(LEVEL);
    expect(sealed.file.files).toHaveProperty("shadow-2.f64");
  });
});

describe("asking again", () => {
  it("spends its budget on queries in the order in which they were fixed, each once", async () => {
    const suspect = tableThief(served);
    const groups = loggedGroups(claim, { queries: first(60) }, first(20), first(10));
    const sealed = await askedAgain(claim, served, { suspect, groups, budget: 30 });
    expect(suspect.asked).toHaveLength(30);
    expect(sealed.file.groups.map(({ kind, queries }) => [kind, queries])).toEqual([
      ["signed-batch", first(20)],
      ["committed-pool", first(10)],
      ["lead", first(30).slice(20)],
    ]);
  });

  it("counts queries that the log lost, or that the suspect does not answer, against the claim", async () => {
    const suspect = tableThief({ answers: new Map([...served.answers].slice(0, 50)) });
    const inputs = new Map([...served.inputs].filter(([query]) => query !== first(1)[0]));
    const groups = loggedGroups(claim, { queries: first(60) }, first(60));
    const sealed = await askedAgain(claim, { inputs }, { suspect, groups });
    expect(sealed.file.groups[0]?.lost).toBe(11);
    for (const { corrections } of weighed(sealed).witnesses)
      expect(corrections.map(({ name }) => name)).toContain("unanswered probes");
  });

  it("has the same seal for the same answers", async () => {
    const groups = loggedGroups(claim, { queries: first(40) }, first(40));
    const [one, other] = await Promise.all(
      [1, 2].map(() => askedAgain(claim, served, { suspect: tableThief(served), groups })),
    );
    expect(one?.seal).toBe(other?.seal);
  });
});
