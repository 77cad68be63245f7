import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AdminClient, adminClient, codeOf, SAME_ORIGIN } from "../test-support/admin-client.js";
import { type WatchedGateway, watchedGateway } from "../test-support/watched-gateway.js";
import { SESSION_MS } from "./sessions.js";

/** Milliseconds by which the clock of sessions runs ahead. */
let ahead = 0;
let gateway: WatchedGateway;
let admin: AdminClient;
beforeAll(async () => {
  gateway = await watchedGateway(() => new Date(Date.now() + ahead));
  admin = adminClient(gateway);
});
afterAll(() => gateway.close());

const ROUTES = [
  ["GET", "api/accounts"],
  ["GET", "api/suspicion?account=ada"],
  ["GET", "api/alerts"],
  ["GET", "api/limits"],
  ["GET", "api/logs"],
  ["GET", "api/nothing"],
  ["POST", "api/logs/shapes/check"],
  ["POST", "api/keys/000000000000/revoke"],
  ["POST", "api/accounts/mallory/forgive/shapes"],
  ["POST", "logout"],
] as const;

describe("without a session", () => {
  it.each(ROUTES)("%s %s says nothing", async (method, route) => {
    for (const cookie of [
      "",
      "indicia_admin=",
      `indicia_admin=${"A".repeat(43)}`,
      `indicia_admin=${admin.token("admin")}`,
    ]) {
      const headers = {
        ...SAME_ORIGIN,
        cookie,
        "x-csrf-token": "",
        authorization: `Bearer ${admin.token("admin")}`,
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

  it("wrong keys of an address are slowed, and told with it and their public half", async () => {
    const socket = { incoming: { socket: { remoteAddress: "192.0.2.44" } } };
    const login = (key: string): Promise<Response> =>
      Promise.resolve(
        gateway.ops.request(
          "/admin/login",
          { method: "POST", headers: SAME_ORIGIN, body: new URLSearchParams({ key }) },
          socket,
        ),
      );
    const statuses: number[] = [];
    for (let i = 0; i < 31; i++) statuses.push((await login(admin.token("ada"))).status);
    expect([statuses[29], statuses[30]]).toEqual([401, 429]);
    expect(gateway.events.at(-1)).toEqual({
      event: "login-refused",
      by: null,
      subject: admin.idOf("ada"),
      address: "192.0.2.44",
    });
    expect((await login(admin.token("admin"))).status).toBe(303);
  });

  it("keys that are unknown, ended or lack the scope are refused alike", async () => {
    const wrong = [
      admin.token("bob"),
      admin.token("ada"),
      "",
      "x",
      admin.token("admin").slice(0, -1),
      `${admin.token("admin")}A`,
    ];
    const pages = await Promise.all(
      wrong.map(async (key) => {
        const response = await admin.login(key);
        return [response.status, response.headers.get("set-cookie"), await response.text()];
      }),
    );
    expect(new Set(pages.map((page) => JSON.stringify(page))).size).toBe(1);
    expect(pages[0]?.slice(0, 2)).toEqual([401, null]);
  });
});

describe("a session", () => {
  it("is a cookie that scripts and other sites cannot use", async () => {
    const cookie = (await admin.login(admin.token("admin"))).headers.get("set-cookie");
    expect(cookie).toMatch(
      /^indicia_admin=[A-Za-z0-9_-]{43}; Max-Age=28800; Path=\/admin; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(cookie).not.toContain(admin.token("admin"));
  });

  it("ends when its holder says so", async () => {
    const session = await admin.signedIn();
    expect((await admin.change(session, "logout")).status).toBe(303);
    expect((await admin.change(session, "logout")).status).toBe(401);
  });

  it("ends after its time", async () => {
    const session = await admin.signedIn();
    ahead = SESSION_MS - 60_000;
    await admin.read(session, "logs");
    ahead = SESSION_MS;
    expect((await admin.change(session, "logout")).status).toBe(401);
    ahead = 0;
  });

  it("changes nothing for a page of another site", async () => {
    const session = await admin.signedIn();
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
      { ...sent, ...SAME_ORIGIN, "x-csrf-token": (await admin.signedIn()).csrf },
    ];
    for (const headers of attempts) {
      const response = await gateway.ops.request(route, { method: "POST", headers });
      expect([response.status, await codeOf(response)]).toEqual([403, "CROSS_SITE"]);
    }
    const older = { ...sent, origin: "http://localhost", host: "localhost" };
    expect((await gateway.ops.request(route, { method: "POST", headers: older })).status).toBe(202);
    await admin.settled(session);
    for (const headers of [{}, { "sec-fetch-site": "cross-site" }])
      expect((await admin.login(admin.token("admin"), headers)).status).toBe(403);
  });

  it("asks browsers for nothing but the page's own files, and to frame it nowhere", async () => {
    const session = await admin.signedIn();
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
