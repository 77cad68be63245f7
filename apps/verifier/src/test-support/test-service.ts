import { cpSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { oncePerRun } from "@indicia/testkit/once-per-run";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { pino, type Logger } from "pino";
import { createAdmissions, type Admissions } from "../access/admissions.js";
import { clientAddress } from "../access/client-address.js";
import { storePassword } from "../access/passwords.js";
import { hashOf } from "../access/tokens.js";
import { openAudit } from "../audit/audit-log.js";
import { dataFolder } from "../data-folder.js";
import { type OpenDatabase, openDatabase } from "../database/open.js";
import { createApp } from "../http/app.js";
import type { Env } from "../http/env.js";
import { createMetrics } from "../ops/metrics.js";
import { createSecretBox, KEY_BYTES } from "../secrets/secret-box.js";
import type { Services } from "../services.js";
import type { Role } from "../shapes/access.js";

export const ROLES: readonly Role[] = ["viewer", "investigator", "admin"];
/** The password of each of the three users, who are named as their roles. */
export const PASSWORD = "correct horse battery";
/** Stretched as little as can be: these keep nothing secret. */
const CHEAP = { logN: 4, r: 8, p: 1 };

/** A verifier of a test's own, with nothing in it but three users. */
export interface TestService {
  readonly services: Services;
  readonly admissions: Admissions;
  readonly app: OpenAPIHono<Env>;
  /** Ask it as someone with that role, by his API key, or as nobody. `json` is sent as the body. */
  readonly call: (role: Role | "nobody", path: string, init?: CallInit) => Promise<Response>;
  /** Ask the app as it is, with nothing added. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  /** Lines that the program logged. */
  readonly logged: () => readonly Readonly<Record<string, unknown>>[];
  readonly close: () => Promise<void>;
}

export type CallInit = RequestInit & { readonly json?: unknown };

/** The API key of the user with that role. */
export function keyOf(role: Role): string {
  return `ivk_${"0".repeat(11)}${ROLES.indexOf(role)}_${"A".repeat(43)}`;
}

/** The id of the user with that role. */
export function userIdOf(role: Role): string {
  return `${"0".repeat(25)}${ROLES.indexOf(role)}`;
}

/** Open a service whose database is a copy of one that was migrated once per run, in a folder that `close` removes. */
export async function openTestService(
  options: {
    readonly clock?: () => Date;
    readonly requestsPerMinute?: number;
    readonly secure?: boolean;
  } = {},
): Promise<TestService> {
  const { clock = () => new Date(), requestsPerMinute = 100_000, secure = false } = options;
  const template = await oncePerRun("verifier-database", makeTemplate);
  const data = dataFolder(mkdtempSync(path.join(os.tmpdir(), "indicia-verifier-")));
  cpSync(path.join(template, "rows"), data.database, { recursive: true });
  const database = await openDatabase({ kind: "embedded", folder: data.database });
  const { log, lines } = collectedLog();
  const secrets = createSecretBox([new Uint8Array(KEY_BYTES).fill(7)]);
  const services: Services = {
    database,
    data,
    secrets,
    audit: openAudit({ database, secrets, clock, log }),
    clock,
  };
  const admissions = createAdmissions(services);
  const app = createApp(services, {
    admissions,
    log,
    metrics: createMetrics(),
    addressOf: clientAddress([]),
    secure,
    requestsPerMinute,
    page: null,
  });
  const fetch = async (at: string, init: RequestInit = {}): Promise<Response> => await app.request(at, init);
  return {
    services,
    admissions,
    app,
    fetch,
    call: (role, at, init = {}) => fetch(`/api/v1${at}`, requestOf(role, init)),
    logged: () => lines,
    close: async () => {
      await database.close();
      rmSync(data.root, { recursive: true });
    },
  };
}

function requestOf(role: Role | "nobody", { json, ...init }: CallInit): RequestInit {
  const headers = new Headers(init.headers);
  if (role !== "nobody") headers.set("authorization", `Bearer ${keyOf(role)}`);
  if (json === undefined) return { ...init, headers };
  headers.set("content-type", "application/json");
  return { ...init, headers, body: JSON.stringify(json) };
}

async function makeTemplate(folder: string): Promise<void> {
  const database = await openDatabase({ kind: "embedded", folder: path.join(folder, "rows") });
  await resetPeople(database);
  await database.close();
}

/** Have the three users again as they were, and nobody signed in: quicker than another service. */
export async function resetPeople(database: OpenDatabase): Promise<void> {
  const { tables } = database;
  // With a user go his sessions, tickets, keys and requests.
  await tables.deleteFrom("users").execute();
  await tables.deleteFrom("owner_keys").execute();
  await tables.deleteFrom("sign_in_limits").execute();
  for (const role of ROLES) await addUser(database, role);
}

async function addUser({ tables }: OpenDatabase, role: Role): Promise<void> {
  const created = new Date(0);
  const id = userIdOf(role);
  const password = await storePassword(PASSWORD, CHEAP);
  await tables.insertInto("users").values({ id, name: role, password, role, created }).execute();
  const key = keyOf(role);
  const row = { id, name: "key", prefix: key.slice(0, 16), sha256: hashOf(key), role, user: id, created };
  await tables
    .insertInto("api_keys")
    .values({ ...row, expires: null, last_used: null })
    .execute();
}

function collectedLog(): { readonly log: Logger; readonly lines: Readonly<Record<string, unknown>>[] } {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const write = (line: string): void =>
    void lines.push(JSON.parse(line) as Readonly<Record<string, unknown>>);
  return { log: pino({ base: null }, { write }), lines };
}
