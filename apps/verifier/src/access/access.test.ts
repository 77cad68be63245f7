import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { signIn } from "../test-support/browser.js";
import {
  openTestService,
  PASSWORD,
  resetPeople,
  type TestService,
  userIdOf,
} from "../test-support/test-service.js";
import type { MadeApiKey } from "../shapes/access.js";
import { issueTicket } from "./tickets.js";

const HOUR = 3_600_000;
let service: TestService;
let now = new Date("2026-01-05T08:00:00Z");
beforeAll(async () => {
  service = await openTestService({ clock: () => now });
});
beforeEach(async () => {
  now = new Date("2026-01-05T08:00:00Z");
  await resetPeople(service.services.database);
  service.admissions.forget();
});
afterAll(() => service.close());

function later(ms: number): void {
  now = new Date(now.getTime() + ms);
  service.admissions.forget();
}

async function codeOf(answer: Response): Promise<unknown> {
  return ((await answer.json()) as { readonly code: string }).code;
}

describe("sessions", () => {
  test("a name with its password begins one, and only with its token anything is changed", async () => {
    const admin = await signIn(service, { name: "admin", password: PASSWORD });
    expect(admin.status).toBe(201);
    expect(await (await admin.call("GET", "/session")).json()).toMatchObject({
      user: { name: "admin", role: "admin" },
      csrf: admin.csrf,
    });
    const change = { role: "investigator" };
    const path = `/users/${userIdOf("viewer")}`;
    expect(await codeOf(await admin.call("PATCH", path, change, { "x-csrf-token": "other" }))).toBe(
      "CSRF_REQUIRED",
    );
    expect(await codeOf(await admin.call("PATCH", path, change, { "sec-fetch-site": "cross-site" }))).toBe(
      "CSRF_REQUIRED",
    );
    expect(
      await codeOf(await admin.call("PATCH", path, change, { origin: "https://elsewhere.example" })),
    ).toBe("CSRF_REQUIRED");
    expect((await admin.call("PATCH", path, change)).status).toBe(200);
  });

  test("the cookie is one that no script and no other site gets at", async () => {
    const answer = await service.fetch("/api/v1/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "viewer", password: PASSWORD }),
    });
    expect(answer.headers.get("set-cookie")).toMatch(/^indicia=.*HttpOnly.*SameSite=Strict/);
  });

  test.each([
    { what: "nobody uses it", idle: 2 * HOUR, times: 1 },
    { what: "a working day is over", idle: HOUR, times: 12 },
  ])("one ends when $what", async ({ idle, times }) => {
    const viewer = await signIn(service, { name: "viewer", password: PASSWORD });
    for (let n = 1; n < times; n++) {
      later(idle);
      expect((await viewer.call("GET", "/session")).status).toBe(200);
    }
    later(idle);
    expect((await viewer.call("GET", "/session")).status).toBe(401);
  });

  test("signing out ends it at once", async () => {
    const viewer = await signIn(service, { name: "viewer", password: PASSWORD });
    expect((await viewer.call("GET", "/session")).status).toBe(200);
    expect((await viewer.call("DELETE", "/session")).status).toBe(204);
    expect((await viewer.call("GET", "/session")).status).toBe(401);
  });

  test("a new password ends the others", async () => {
    const [one, other] = [
      await signIn(service, { name: "viewer", password: PASSWORD }),
      await signIn(service, { name: "viewer", password: PASSWORD }),
    ];
    const path = `/users/${userIdOf("viewer")}`;
    const password = "another long password";
    for (const guess of [{}, { currentPassword: "another long password" }])
      expect((await one.call("PATCH", path, { ...guess, password })).status).toBe(422);
    expect((await one.call("PATCH", path, { currentPassword: PASSWORD, password })).status).toBe(200);
    expect((await other.call("GET", "/session")).status).toBe(401);
    expect((await one.call("GET", "/session")).status).toBe(200);
    expect((await signIn(service, { name: "viewer", password: PASSWORD })).status).toBe(401);
    expect((await signIn(service, { name: "viewer", password: "another long password" })).status).toBe(201);
  });

  test("guessing the present password in a session that was found open is counted", async () => {
    const viewer = await signIn(service, { name: "viewer", password: PASSWORD });
    const guess = (): Promise<Response> =>
      viewer.call("PATCH", `/users/${userIdOf("viewer")}`, {
        currentPassword: "a guess",
        password: "another long password",
      });
    for (let n = 0; n < 10; n++) expect((await guess()).status).toBe(422);
    expect((await guess()).status).toBe(429);
  });

  test("whom a ticket let in sets a password without the one that he forgot, once", async () => {
    const ticket = await issueTicket(service.services, userIdOf("viewer"));
    const viewer = await signIn(service, { ticket });
    const set = (password: string): Promise<Response> =>
      viewer.call("PATCH", `/users/${userIdOf("viewer")}`, { password });
    expect((await set("another long password")).status).toBe(200);
    expect((await set("yet another long password")).status).toBe(422);
  });

  test("none begins by a password that was changed, or for a user who was disabled, while it was checked", async () => {
    const { sessions } = service.admissions;
    const id = userIdOf("viewer");
    expect(await sessions.begin(id, { password: "what was stored before" })).toBeNull();
    await service.call("admin", `/users/${id}`, { method: "PATCH", json: { disabled: true } });
    expect(await sessions.begin(id, "ticket")).toBeNull();
  });

  test("a ticket signs in once, within its hour", async () => {
    const [ticket, late] = [
      await issueTicket(service.services, userIdOf("admin")),
      await issueTicket(service.services, userIdOf("admin")),
    ];
    expect((await signIn(service, { ticket })).status).toBe(201);
    expect((await signIn(service, { ticket })).status).toBe(401);
    later(HOUR);
    expect((await signIn(service, { ticket: late })).status).toBe(401);
  });

  test("whoever fails too often waits, with the right password too", async () => {
    for (let n = 0; n < 10; n++)
      expect((await signIn(service, { name: "viewer", password: "wrong" })).status).toBe(401);
    const answer = await signIn(service, { name: "viewer", password: PASSWORD });
    expect(answer.status).toBe(429);
    expect((await signIn(service, { name: "admin", password: PASSWORD })).status).toBe(201);
  });
});

describe("users and keys", () => {
  test("who is disabled is out, with session and key", async () => {
    const viewer = await signIn(service, { name: "viewer", password: PASSWORD });
    const path = `/users/${userIdOf("viewer")}`;
    expect((await service.call("admin", path, { method: "PATCH", json: { disabled: true } })).status).toBe(
      200,
    );
    expect((await viewer.call("GET", "/session")).status).toBe(401);
    expect((await service.call("viewer", "/session")).status).toBe(401);
    expect((await signIn(service, { name: "viewer", password: PASSWORD })).status).toBe(401);
  });

  test("the last admin stays one", async () => {
    const path = `/users/${userIdOf("admin")}`;
    for (const json of [{ disabled: true }, { role: "viewer" }])
      expect(await codeOf(await service.call("admin", path, { method: "PATCH", json }))).toBe(
        "STATE_CONFLICT",
      );
  });

  test("nobody but an admin looks at others or changes a role", async () => {
    const other = `/users/${userIdOf("admin")}`;
    const own = `/users/${userIdOf("viewer")}`;
    expect((await service.call("viewer", other)).status).toBe(403);
    expect((await service.call("viewer", "/users")).status).toBe(403);
    expect((await service.call("viewer", own)).status).toBe(200);
    const json = { role: "admin" };
    expect((await service.call("viewer", own, { method: "PATCH", json })).status).toBe(403);
  });

  test("a change of a user's older state is refused", async () => {
    const path = `/users/${userIdOf("viewer")}`;
    const etag = (await service.call("admin", path)).headers.get("etag") ?? "";
    const change = (json: unknown): Promise<Response> =>
      service.call("admin", path, { method: "PATCH", json, headers: { "if-match": etag } });
    expect((await change({ role: "investigator" })).status).toBe(200);
    expect(await codeOf(await change({ role: "viewer" }))).toBe("PRECONDITION_FAILED");
  });

  test("a new password that is on its way gives nobody back the role that was taken from him", async () => {
    const viewer = `/users/${userIdOf("viewer")}`;
    await service.call("admin", viewer, { method: "PATCH", json: { role: "admin" } });
    const session = await signIn(service, { name: "viewer", password: PASSWORD });
    // Stretching the new password takes long enough for what comes between.
    const changed = session.call("PATCH", viewer, {
      currentPassword: PASSWORD,
      password: "another long password",
    });
    const lowered = service.call("admin", viewer, { method: "PATCH", json: { role: "viewer" } });
    expect([(await changed).status, (await lowered).status]).toEqual([200, 200]);
    expect(await (await service.call("admin", viewer)).json()).toMatchObject({ role: "viewer" });
  });

  test("an answer is repeated for whoever was given it alone, not for a lesser key of the same user", async () => {
    const admin = await signIn(service, { name: "admin", password: PASSWORD });
    const json = { name: "nightly", role: "admin", expires: null };
    const headers = { "idempotency-key": "guessed" };
    expect((await admin.call("POST", "/keys", json, headers)).status).toBe(201);
    expect((await admin.call("POST", "/keys", json, headers)).headers.get("idempotency-replayed")).toBe(
      "true",
    );
    const other = await service.call("admin", "/keys", { method: "POST", json, headers });
    expect(await codeOf(other)).toBe("IDEMPOTENCY_MISMATCH");
  });

  test("a key acts for its user until it is revoked, and is kept as a hash alone", async () => {
    const viewer = await signIn(service, { name: "viewer", password: PASSWORD });
    expect((await viewer.call("POST", "/keys", { name: "n", role: "admin", expires: null })).status).toBe(
      403,
    );
    const made = await viewer.call("POST", "/keys", { name: "nightly", role: "viewer", expires: null });
    const { key, id } = (await made.json()) as MadeApiKey;
    const authorization = `Bearer ${key}`;
    const asked = (): Promise<Response> => service.fetch("/api/v1/session", { headers: { authorization } });
    expect((await asked()).status).toBe(200);
    const rows = await service.services.database.tables.selectFrom("api_keys").selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(key);
    expect((await viewer.call("DELETE", `/keys/${id}`)).status).toBe(204);
    expect((await asked()).status).toBe(401);
  });

  test("a repeated request makes nothing twice, and its answer is not kept in the clear", async () => {
    const json = { name: "ada", password: "a password of some length", role: "viewer" };
    const headers = { "idempotency-key": "k1" };
    const post = (sent: unknown): Promise<Response> =>
      service.call("admin", "/users", { method: "POST", json: sent, headers });
    const first = await post(json);
    const again = await post(json);
    expect(again.status).toBe(201);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(again.headers.get("content-security-policy")).toContain("default-src");
    expect(again.headers.get("location")).toBe(first.headers.get("location"));
    expect(await again.json()).toEqual(await first.json());
    expect(await codeOf(await post({ ...json, name: "eve" }))).toBe("IDEMPOTENCY_MISMATCH");
    const [kept] = await service.services.database.tables.selectFrom("idempotency").selectAll().execute();
    expect(Buffer.from(kept?.answer ?? []).includes("ada")).toBe(false);
    expect(await codeOf(await service.call("admin", "/users", { method: "POST", json }))).toBe("CONFLICT");
  });
});

describe("owner keys", () => {
  test("a drawn one is handed over once, sealed at rest, and named ever after", async () => {
    const json = { name: "release", kind: "drawn" };
    const made = await service.call("admin", "/owner-keys", { method: "POST", json });
    const { id, file } = (await made.json()) as { readonly id: string; readonly file: string };
    expect(file).toMatch(/^indicia-key-1\n[0-9a-f]{64}\n$/);
    const [row] = await service.services.database.tables.selectFrom("owner_keys").selectAll().execute();
    expect(Buffer.from(row?.sealed ?? []).toString("hex")).not.toContain(file.split("\n")[1]);
    const listed = await (await service.call("viewer", "/owner-keys")).text();
    expect(listed).toContain("release");
    expect(listed).not.toContain(file.split("\n")[1]);
    expect((await service.call("investigator", `/owner-keys/${id}`, { method: "DELETE" })).status).toBe(403);
    expect((await service.call("admin", `/owner-keys/${id}`, { method: "DELETE" })).status).toBe(204);
  });
});
