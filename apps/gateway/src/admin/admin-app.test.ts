import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AdminClient, adminClient, codeOf } from "../test-support/admin-client.js";
import { MOST_REQUESTS, type WatchedGateway, watchedGateway } from "../test-support/watched-gateway.js";
import type { AccountsView, AlertView, LimitHitView, LogView, SuspicionView } from "./views.js";

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/;
let gateway: WatchedGateway;
let admin: AdminClient;
beforeAll(async () => {
  gateway = await watchedGateway();
  admin = adminClient(gateway);
});
afterAll(() => gateway.close());

async function checked(): Promise<LogView["latest"]> {
  const session = await admin.signedIn();
  expect((await admin.change(session, "api/logs/shapes/check")).status).toBe(202);
  return await admin.settled(session);
}

describe("what is shown", () => {
  it("accounts with what they asked, what is left to them, and how suspicious they are", async () => {
    expect(await gateway.ask("ada", 20, 0)).toBe(200);
    expect(await gateway.ask("ada-2", 30, 0)).toBe(200);
    for (let i = 0; i < 4; i++) expect(await gateway.ask("mallory", 50, 2)).toBe(200);
    const { accounts, total, budgetsError } = await admin.read<AccountsView>(
      await admin.signedIn(),
      "accounts",
    );
    expect([total, budgetsError]).toEqual([4, null]);
    expect(accounts.map(({ account }) => account).toSorted()).toEqual([
      "ada",
      "bob",
      "mallory",
      "operations",
    ]);
    const [first] = accounts;
    expect(first).toMatchObject({
      account: "mallory",
      organisation: "shady",
      requests: 4,
      rows: 200,
      suspicion: 1,
    });
    expect(first?.standings).toMatchObject([{ model: "shapes", seen: 200, flagged: true }]);
    const ada = accounts.find(({ account }) => account === "ada");
    expect(ada).toMatchObject({
      requests: 2,
      rows: 50,
      refused: 0,
      lastSeen: expect.stringMatching(TIME) as string,
    });
    // 50 rows of four logits, 24 bits each.
    expect(ada?.budgets).toMatchObject([
      { per: "account", count: "requests", model: null, spent: 2, left: 6 },
      { per: "account", count: "bits", model: "shapes", spent: 4800, left: 31_200 },
      { per: "key", count: "rows", model: null, most: 100_000, spent: 20, left: 99_980 },
      { per: "key", count: "rows", model: null, most: 100_000, spent: 30, left: 99_970 },
    ]);
    expect(ada?.suspicion).toBeLessThan(1);
    expect(ada?.keys.map(({ id, live }) => [id, live])).toEqual([
      [admin.idOf("ada"), true],
      [admin.idOf("ada-2"), true],
    ]);
    expect(accounts.find(({ account }) => account === "bob")).toMatchObject({
      suspicion: null,
      lastSeen: null,
    });
  });

  it("no secret of any key", async () => {
    const session = await admin.signedIn();
    for (const route of ["accounts", "alerts", "limits", "logs"]) {
      const told = JSON.stringify(await admin.read(session, route));
      expect(told).not.toMatch(/sha256|indicia_/);
    }
  });

  it("accounts all the same where the counts of the limits are out of reach", async () => {
    gateway.countsGone = true;
    const view = await admin.read<AccountsView>(await admin.signedIn(), "accounts?search=mallory");
    gateway.countsGone = false;
    expect(view).toMatchObject({
      accounts: [{ account: "mallory", rows: 200, budgets: [] }],
      budgetsError: "the database is down",
    });
  });

  it("the accounts that are searched for", async () => {
    const found = async (search: string): Promise<string[]> => {
      const { accounts } = await admin.read<AccountsView>(
        await admin.signedIn(),
        `accounts?search=${search}`,
      );
      return accounts.map(({ account }) => account);
    };
    expect(await found("MALL")).toEqual(["mallory"]);
    expect((await found("analytical")).toSorted()).toEqual(["ada", "bob"]);
    expect(await found("zzz")).toEqual([]);
  });

  it("suspicion over time, and alerts with their reason", async () => {
    const session = await admin.signedIn();
    const { points } = await admin.read<SuspicionView>(session, "suspicion?account=mallory");
    expect(points.at(-1)).toEqual({ time: expect.stringMatching(TIME) as string, suspicion: 1 });
    expect(await admin.read<SuspicionView>(session, "suspicion?account=nobody")).toMatchObject({
      points: [],
    });
    const { alerts } = await admin.read<{ alerts: AlertView[] }>(session, "alerts");
    expect(alerts).toMatchObject([
      { account: "mallory", model: "shapes", time: expect.stringMatching(TIME) as string },
    ]);
    expect(alerts[0]?.reason).toMatch(/^[a-z]+$/);
    expect(alerts[0]?.explanation).toMatch(/^[A-Z].+\.$/);
    expect(alerts[0]?.score).toBeGreaterThan(1);
  });

  it("requests that a limit turned away", async () => {
    for (let i = 0; i < MOST_REQUESTS; i++) expect(await gateway.ask("bob", 1, 0)).toBe(200);
    expect(await gateway.ask("bob", 1, 0)).toBe(429);
    const session = await admin.signedIn();
    const { hits } = await admin.read<{ hits: LimitHitView[] }>(session, "limits");
    expect(hits).toMatchObject([
      {
        account: "bob",
        model: "shapes",
        per: "account",
        count: "requests",
        most: MOST_REQUESTS,
        seconds: 3600,
      },
    ]);
    const { accounts } = await admin.read<AccountsView>(session, "accounts?search=bob");
    expect(accounts).toMatchObject([{ requests: MOST_REQUESTS + 1, rows: MOST_REQUESTS, refused: 1 }]);
  });
});

describe("a query log", () => {
  it("is found whole, segment by segment", async () => {
    await gateway.log.rotate();
    await gateway.ask("ada", 4, 0);
    const found = await checked();
    expect(found).toMatchObject({
      outcome: "whole",
      segments: [
        { segment: 1, closed: true },
        { segment: 2, closed: false, entries: 5 },
      ],
    });
    expect((await admin.change(await admin.signedIn(), "api/logs/other/check")).status).toBe(404);
  });

  it("is found altered, with file and line", async () => {
    const file = path.join(gateway.logFolder, "queries-000002.jsonl");
    const before = readFileSync(file, "utf8");
    const lines = before.split("\n");
    writeFileSync(
      file,
      lines.with(2, (lines[2] ?? "").replace('"account":"ada"', '"account":"bob"')).join("\n"),
    );
    expect(await checked()).toMatchObject({
      outcome: "broken",
      file: "queries-000002.jsonl",
      segment: 2,
      code: "CHAIN_LINE_CHANGED",
      message: "line 2 of the queries chain was changed",
      wholeBefore: 1,
    });
    writeFileSync(file, before);
    expect(await checked()).toMatchObject({ outcome: "whole" });
  });
});

describe("revoking a key", () => {
  it("ends it at once, and says who did so", async () => {
    const session = await admin.signedIn();
    expect(await gateway.ask("ada-2", 1, 0)).toBe(200);
    expect((await admin.change(session, `api/keys/${admin.idOf("ada-2")}/revoke`)).status).toBe(200);
    expect(await gateway.ask("ada-2", 1, 0)).toBe(401);
    expect(await gateway.ask("ada", 1, 0)).toBe(200);
    const { accounts } = await admin.read<AccountsView>(session, "accounts?search=ada");
    expect(accounts[0]?.keys.map(({ live }) => live)).toEqual([true, false]);
    expect(gateway.events.at(-1)).toEqual({
      event: "key-revoked",
      by: admin.idOf("admin"),
      subject: admin.idOf("ada-2"),
    });
  });

  it("is refused where it would end nothing, or this session", async () => {
    const session = await admin.signedIn();
    const codes = [];
    for (const id of [admin.idOf("ada-2"), "000000000000", admin.idOf("admin")])
      codes.push(await codeOf(await admin.change(session, `api/keys/${id}/revoke`)));
    expect(codes).toEqual(["KEY_ENDED", "KEY_UNKNOWN", "OWN_KEY"]);
  });
});

describe("forgiving an account", () => {
  it("lets it begin anew, and says who did so", async () => {
    const session = await admin.signedIn();
    const standing = async (): Promise<AccountsView["accounts"][number] | undefined> =>
      (await admin.read<AccountsView>(session, "accounts?search=mallory")).accounts[0];
    expect((await standing())?.standings).toMatchObject([{ flagged: true }]);
    const response = await admin.change(session, "api/accounts/mallory/forgive/shapes");
    expect([response.status, await response.json()]).toEqual([200, { account: "mallory", model: "shapes" }]);
    expect(await standing()).toMatchObject({
      suspicion: 0,
      standings: [{ flagged: false, seen: 0, suspicion: 0 }],
    });
    expect(gateway.events.at(-1)).toEqual({
      event: "account-forgiven",
      by: admin.idOf("admin"),
      subject: "mallory, shapes",
    });
  });

  it("is refused for those that no monitor has seen", async () => {
    const session = await admin.signedIn();
    for (const route of ["nobody/forgive/shapes", "mallory/forgive/shapes", "ada/forgive/other"])
      expect(await codeOf(await admin.change(session, `api/accounts/${route}`))).toBe("ACCOUNT_UNKNOWN");
  });
});
