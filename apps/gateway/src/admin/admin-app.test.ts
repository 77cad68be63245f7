import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MOST_REQUESTS, type WatchedGateway, watchedGateway } from "../test-support/watched-gateway.js";
import { SESSION_MS } from "./sessions.js";
import type { AccountsView, AlertView, LimitHitView, LogView, SuspicionView } from "./views.js";

/** Milliseconds by which the clock of sessions runs ahead. */
let ahead = 0;
let gateway: WatchedGateway;
beforeAll(async () => {
  gateway = await watchedGateway(() => new Date(Date.now() + ahead));
});
afterAll(() => gateway.close());

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/;
const SAME_ORIGIN = { "sec-fetch-site": "same-origin" };
const token = (name: string): string => gateway.keys.get(name)?.token ?? "";
const idOf = (name: string): string => gateway.keys.get(name)?.id ?? "";

/** Log in as a browser would. */
async function login(shown: string, headers: Record<string, string> = SAME_ORIGIN): Promise<Response> {
  return await gateway.ops.request("/admin/login", {
    method: "POST",
    headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ key: shown }).toString(),
  });
}

interface SignedIn {
  readonly cookie: string;
  readonly csrf: string;
}
async function signedIn(): Promise<SignedIn> {
  const response = await login(token("admin"));
  expect([response.status, response.headers.get("location")]).toEqual([303, "/admin"]);
  const cookie = (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const page = await (await gateway.ops.request("/admin", { headers: { cookie } })).text();
  return { cookie, csrf: /name="csrf-token" content="([^"]+)"/.exec(page)?.[1] ?? "" };
}
async function read<View>({ cookie }: SignedIn, route: string): Promise<View> {
  const response = await gateway.ops.request(`/admin/api/${route}`, { headers: { cookie } });
  expect(response.status).toBe(200);
  return (await response.json()) as View;
}
const change = ({ cookie, csrf }: SignedIn, route: string): Promise<Response> =>
  Promise.resolve(
    gateway.ops.request(`/admin/${route}`, {
      method: "POST",
      headers: { ...SAME_ORIGIN, cookie, "x-csrf-token": csrf },
    }),
  );
/** Wait for the check of the log that is under way. */
async function settled(session: SignedIn): Promise<LogView["latest"]> {
  for (;;) {
    const [log] = (await read<{ logs: LogView[] }>(session, "logs")).logs;
    if (log?.running === false) return log.latest;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
async function checked(): Promise<LogView["latest"]> {
  const session = await signedIn();
  expect((await change(session, "api/logs/shapes/check")).status).toBe(202);
  return await settled(session);
}
const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { code?: unknown }).code;

const ROUTES = [
  ["GET", "api/accounts"],
  ["GET", "api/suspicion?account=ada"],
  ["GET", "api/alerts"],
  ["GET", "api/limits"],
  ["GET", "api/logs"],
  ["GET", "api/nothing"],
  ["POST", "api/logs/shapes/check"],
  ["POST", "api/keys/000000000000/revoke"],
  ["POST", "logout"],
] as const;

describe("without a session", () => {
  it.each(ROUTES)("%s %s says nothing", async (method, route) => {
    for (const cookie of [
      "",
      "indicia_admin=",
      `indicia_admin=${"A".repeat(43)}`,
      `indicia_admin=${token("admin")}`,
    ]) {
      const headers = {
        ...SAME_ORIGIN,
        cookie,
        "x-csrf-token": "",
        authorization: `Bearer ${token("admin")}`,
      };
      const response = await gateway.ops.request(`/admin/${route}`, { method, headers });
      expect([response.status, await codeOf(response)]).toEqual([401, "UNAUTHENTICATED"]);
    }
  });

  it("there is a form, and no word on what the gateway holds", async () => {
    const response = await gateway.ops.request("/admin");
    const page = await response.text();
    expect(page).toContain('action="/admin/login"');
    expect(page).not.toMatch(/csrf|script|shapes|ada/);
  });

  it("keys that are unknown, ended or lack the scope are refused alike", async () => {
    const wrong = [token("bob"), token("ada"), "", "x", token("admin").slice(0, -1), `${token("admin")}A`];
    const pages = await Promise.all(
      wrong.map(async (key) => {
        const response = await login(key);
        return [response.status, response.headers.get("set-cookie"), await response.text()];
      }),
    );
    expect(new Set(pages.map((page) => JSON.stringify(page))).size).toBe(1);
    expect(pages[0]?.slice(0, 2)).toEqual([401, null]);
  });
});

describe("a session", () => {
  it("is a cookie that scripts and other sites cannot use", async () => {
    const cookie = (await login(token("admin"))).headers.get("set-cookie");
    expect(cookie).toMatch(
      /^indicia_admin=[A-Za-z0-9_-]{43}; Max-Age=28800; Path=\/admin; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(cookie).not.toContain(token("admin"));
  });

  it("ends when its holder says so", async () => {
    const session = await signedIn();
    expect((await change(session, "logout")).status).toBe(303);
    expect((await change(session, "logout")).status).toBe(401);
  });

  it("ends after its time", async () => {
    const session = await signedIn();
    ahead = SESSION_MS - 60_000;
    await read(session, "logs");
    ahead = SESSION_MS;
    expect((await change(session, "logout")).status).toBe(401);
    ahead = 0;
  });

  it("changes nothing for a page of another site", async () => {
    const session = await signedIn();
    const route = "/admin/api/logs/shapes/check";
    const sent = { cookie: session.cookie, "x-csrf-token": session.csrf };
    const attempts: Record<string, string>[] = [
      { ...sent, "sec-fetch-site": "cross-site" },
      { ...sent, "sec-fetch-site": "same-site" },
      { ...sent, "sec-fetch-site": "none" },
      { ...sent, origin: "https://evil.example", host: "localhost" },
      { ...sent, origin: "null", host: "localhost" },
      sent,
      { cookie: session.cookie, ...SAME_ORIGIN },
      { ...sent, ...SAME_ORIGIN, "x-csrf-token": (await signedIn()).csrf },
    ];
    for (const headers of attempts) {
      const response = await gateway.ops.request(route, { method: "POST", headers });
      expect([response.status, await codeOf(response)]).toEqual([403, "CROSS_SITE"]);
    }
    const older = { ...sent, origin: "http://localhost", host: "localhost" };
    expect((await gateway.ops.request(route, { method: "POST", headers: older })).status).toBe(202);
    await settled(session);
    for (const headers of [{}, { "sec-fetch-site": "cross-site" }])
      expect((await login(token("admin"), headers)).status).toBe(403);
  });

  it("asks browsers for nothing but the page's own files, and to frame it nowhere", async () => {
    const session = await signedIn();
    for (const route of ["", "/api/logs", "/api/nothing", "/assets/admin.js", "/assets/nothing.js"]) {
      const { headers } = await gateway.ops.request(`/admin${route}`, {
        headers: { cookie: session.cookie },
      });
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
      expect(policy).not.toMatch(/unsafe|\*|http/);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  it("has scripts, and no file beside them", async () => {
    for (const file of ["admin.js", "plot.js", "admin.css", "icon.svg"])
      expect((await gateway.ops.request(`/admin/assets/${file}`)).status).toBe(200);
    for (const file of ["constructor", "..%2f..%2fmain.js", "admin.ts", "tsconfig.json"])
      expect((await gateway.ops.request(`/admin/assets/${file}`)).status).toBe(404);
  });
});

describe("what is shown", () => {
  it("accounts with what they asked, what is left to them, and how suspicious they are", async () => {
    expect(await gateway.ask("ada", 20, 0)).toBe(200);
    expect(await gateway.ask("ada-2", 30, 0)).toBe(200);
    for (let i = 0; i < 4; i++) expect(await gateway.ask("mallory", 50, 2)).toBe(200);
    const { accounts, total, budgetsError } = await read<AccountsView>(await signedIn(), "accounts");
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
    expect(ada?.budgets).toMatchObject([{ per: "account", model: "shapes", spent: 4800, left: 31_200 }]);
    expect(ada?.suspicion).toBeLessThan(1);
    expect(ada?.keys.map(({ id, live }) => [id, live])).toEqual([
      [idOf("ada"), true],
      [idOf("ada-2"), true],
    ]);
    expect(accounts.find(({ account }) => account === "bob")).toMatchObject({
      suspicion: null,
      lastSeen: null,
    });
  });

  it("no secret of any key", async () => {
    const session = await signedIn();
    for (const route of ["accounts", "alerts", "limits", "logs"]) {
      const told = JSON.stringify(await read(session, route));
      expect(told).not.toMatch(/sha256|indicia_/);
    }
  });

  it("accounts all the same where the counts of the limits are out of reach", async () => {
    gateway.countsGone = true;
    const view = await read<AccountsView>(await signedIn(), "accounts?search=mallory");
    gateway.countsGone = false;
    expect(view).toMatchObject({
      accounts: [{ account: "mallory", rows: 200, budgets: [] }],
      budgetsError: "the database is down",
    });
  });

  it("the accounts that are searched for", async () => {
    const found = async (search: string): Promise<string[]> => {
      const { accounts } = await read<AccountsView>(await signedIn(), `accounts?search=${search}`);
      return accounts.map(({ account }) => account);
    };
    expect(await found("MALL")).toEqual(["mallory"]);
    expect((await found("analytical")).toSorted()).toEqual(["ada", "bob"]);
    expect(await found("zzz")).toEqual([]);
  });

  it("suspicion over time, and alerts with their reason", async () => {
    const session = await signedIn();
    const { points } = await read<SuspicionView>(session, "suspicion?account=mallory");
    expect(points.at(-1)).toEqual({ time: expect.stringMatching(TIME) as string, suspicion: 1 });
    expect(await read<SuspicionView>(session, "suspicion?account=nobody")).toMatchObject({ points: [] });
    const { alerts } = await read<{ alerts: AlertView[] }>(session, "alerts");
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
    const session = await signedIn();
    const { hits } = await read<{ hits: LimitHitView[] }>(session, "limits");
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
    const { accounts } = await read<AccountsView>(session, "accounts?search=bob");
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
    expect((await change(await signedIn(), "api/logs/other/check")).status).toBe(404);
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
    const session = await signedIn();
    expect(await gateway.ask("ada-2", 1, 0)).toBe(200);
    expect((await change(session, `api/keys/${idOf("ada-2")}/revoke`)).status).toBe(200);
    expect(await gateway.ask("ada-2", 1, 0)).toBe(401);
    expect(await gateway.ask("ada", 1, 0)).toBe(200);
    const { accounts } = await read<AccountsView>(session, "accounts?search=ada");
    expect(accounts[0]?.keys.map(({ live }) => live)).toEqual([true, false]);
    expect(gateway.events.at(-1)).toEqual({
      event: "key-revoked",
      by: idOf("admin"),
      subject: idOf("ada-2"),
    });
  });

  it("is refused where it would end nothing, or this session", async () => {
    const session = await signedIn();
    const codes = [];
    for (const id of [idOf("ada-2"), "000000000000", idOf("admin")])
      codes.push(await codeOf(await change(session, `api/keys/${id}/revoke`)));
    expect(codes).toEqual(["KEY_ENDED", "KEY_UNKNOWN", "OWN_KEY"]);
  });
});
