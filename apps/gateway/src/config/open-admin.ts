import { randomBytes } from "node:crypto";
import type { Monitor } from "@indicia/defence/monitor/monitor";
import type { Hono } from "hono";
import type { Logger } from "pino";
import { parseNetworks } from "../access/networks.js";
import type { KeyDesk } from "../access/key-desk.js";
import { adminApp } from "../admin/admin-app.js";
import type { LimitCounts } from "../limits/counts.js";
import { forgiver } from "../monitor/forgive.js";
import type { Observations, Observed } from "../ops/observations.js";
import type { GatewayConfig } from "./config.js";

export interface AdminParts {
  /** null where there is no file of keys, and so nobody who could sign in. */
  readonly desk: KeyDesk | null;
  readonly observations: (Observations & Observed) | null;
  /** By the names of their models. */
  readonly monitors: ReadonlyMap<string, Monitor>;
  readonly counts: LimitCounts | null;
  readonly clock: () => Date;
  readonly log: Logger;
}

/** The admin page, as it is configured; null where there is none. */
export function openAdmin(
  {
    access,
    limits,
    listen,
    models,
    ops,
  }: Pick<GatewayConfig, "access" | "limits" | "listen" | "models" | "ops">,
  { desk, observations, monitors, counts, clock, log }: AdminParts,
): Hono | null {
  const file = access?.keys ?? null;
  if (ops.admin === null || file === null || desk === null || observations === null) return null;
  const names = models.map(({ name }) => name);
  return adminApp({
    keys: { file, desk },
    observed: observations,
    forgive: forgiver(monitors, observations),
    budgets: limits === null || counts === null ? null : { rules: limits.rules, ...counts },
    models: () => names,
    logs: models.flatMap(({ name, marking }) =>
      marking?.logged == null ? [] : [{ name, folder: marking.logged }],
    ),
    context: { clock, random: (bytes) => randomBytes(bytes) },
    tell: (event) => log.info(event, "administration"),
    trusted: parseNetworks(listen.trustedProxies),
    secureCookie: ops.admin.secureCookie,
  });
}
