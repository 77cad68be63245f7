import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { VerifierError } from "../error.js";
import { jsonAnswer, problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { textField } from "../http/fields.js";
import { newApi } from "../http/new-api.js";
import { pageQuery, pageSchema } from "../http/pages.js";
import { requires } from "../http/requires.js";
import type { Services } from "../services.js";
import type { AuditCheck, AuditEntry } from "../shapes/access.js";
import type { AuditBody } from "./audit-log.js";
import { checkAudit } from "./check-audit.js";

const tags = ["Audit log"];
const MAX_FILTER = 200;
const filter = textField(MAX_FILTER).optional();

const entrySchema: z.ZodType<AuditEntry> = z
  .object({
    sequence: z.number().int(),
    time: z.string(),
    actor: z.string(),
    address: z.string().nullable(),
    action: z.string(),
    object: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()),
    hash: z.string(),
  })
  .openapi("AuditEntry");
const checkSchema: z.ZodType<AuditCheck> = z
  .object({
    intact: z.boolean(),
    entries: z.number().int(),
    head: z.string(),
    brokenAt: z.number().int().nullable(),
  })
  .openapi("AuditCheck");

const list = createRoute({
  method: "get",
  path: "/audit",
  tags,
  summary: "What was done, the newest first",
  middleware: requires("admin"),
  request: {
    query: pageQuery.extend({
      actor: filter.openapi({ description: "Name of whoever did it" }),
      action: filter.openapi({
        description: "Such as `investigation.start`, or `investigation` for all of them",
      }),
      object: filter.openapi({ description: "Such as `users/01J...`" }),
      from: z.iso.datetime().optional(),
      to: z.iso.datetime().optional(),
    }),
  },
  responses: { 200: jsonAnswer(pageSchema(entrySchema, "AuditPage"), "Entries"), ...problems },
});
const check = createRoute({
  method: "get",
  path: "/audit/check",
  tags,
  summary: "Whether the log's chain is whole",
  description:
    "Each entry's hash covers the one before. Compare `head` with what the program's log said last.",
  middleware: requires("admin"),
  responses: { 200: jsonAnswer(checkSchema, "What was found"), ...problems },
});

/** What was done, by whom. */
export function auditRoutes({ database, secrets }: Services): OpenAPIHono<Env> {
  const api = newApi();

  api.openapi(list, async (c) => {
    const { limit, cursor, actor, action, object, from, to } = c.req.valid("query");
    let rows = database.tables
      .selectFrom("audit_lines")
      .select(["index", "line", "hash"])
      .orderBy("index", "desc")
      .limit(limit + 1);
    if (cursor !== undefined) rows = rows.where("index", "<", readPlace(cursor));
    if (actor !== undefined) rows = rows.where("actor", "=", actor);
    if (action !== undefined)
      rows = rows.where((row) =>
        row.or([
          row("action", "=", action),
          row(row.fn("starts_with", ["action", row.val(`${action}.`)]), "=", true),
        ]),
      );
    if (object !== undefined) rows = rows.where("object", "=", object);
    if (from !== undefined) rows = rows.where("time", ">=", new Date(from));
    if (to !== undefined) rows = rows.where("time", "<", new Date(to));
    const found = await rows.execute();
    const items = found.slice(0, limit).map(showEntry);
    const last = items.at(-1);
    const next = found.length > limit && last !== undefined ? String(last.sequence) : null;
    return c.json({ items, next }, 200);
  });

  api.openapi(check, async (c) => c.json(await checkAudit({ database, secrets }), 200));
  return api;
}

/** Pages go by the place in the chain. */
function readPlace(cursor: string): number {
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor);
  throw new VerifierError("REQUEST_INVALID", "the cursor is none of ours", "Begin with the first page.");
}

function showEntry(row: {
  readonly index: number;
  readonly line: string;
  readonly hash: string;
}): AuditEntry {
  const { time, body } = JSON.parse(row.line) as { readonly time: string; readonly body: AuditBody };
  const { actor, address, action, object, detail } = body;
  return { sequence: row.index, time, actor, address, action, object, detail, hash: row.hash };
}
