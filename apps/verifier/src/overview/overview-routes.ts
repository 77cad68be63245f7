import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { jsonAnswer, problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { newApi } from "../http/new-api.js";
import { requires } from "../http/requires.js";
import { looksOf, toInvestigation } from "../investigations/rows.js";
import { investigationSchema } from "../investigations/schemas.js";
import type { Services } from "../services.js";
import type { InvestigationState, Overview } from "../shapes/investigations.js";
import { readVersion } from "./version.js";

/** Investigations that a dashboard shows. */
const NEWEST = 5;

const NONE: Readonly<Record<InvestigationState, number>> = {
  draft: 0,
  queued: 0,
  running: 0,
  paused: 0,
  "awaiting-key": 0,
  concluded: 0,
  failed: 0,
  cancelled: 0,
};

const count = z.number().int();
const overviewSchema: z.ZodType<Overview> = z
  .object({
    models: count,
    suspects: count,
    investigations: z.object({
      draft: count,
      queued: count,
      running: count,
      paused: count,
      "awaiting-key": count,
      concluded: count,
      failed: count,
      cancelled: count,
    }),
    newest: z.array(investigationSchema),
    version: z.string(),
  })
  .openapi("Overview");

const read = createRoute({
  method: "get",
  path: "/overview",
  tags: ["Overview"],
  summary: "What there is, and what is going on",
  middleware: requires("viewer"),
  responses: { 200: jsonAnswer(overviewSchema, "Numbers, and the newest investigations"), ...problems },
});

/** What a dashboard begins with. */
export function overviewRoutes({ database }: Services): OpenAPIHono<Env> {
  const { tables } = database;
  const version = readVersion();
  const api = newApi();
  api.openapi(read, async (c) => {
    const [models, suspects, states, rows] = await Promise.all([
      tables
        .selectFrom("models")
        .select(({ fn }) => fn.countAll().as("count"))
        .executeTakeFirstOrThrow(),
      tables
        .selectFrom("suspects")
        .select(({ fn }) => fn.countAll().as("count"))
        .executeTakeFirstOrThrow(),
      tables
        .selectFrom("investigations")
        .select(({ fn }) => ["state", fn.countAll().as("count")])
        .groupBy("state")
        .execute(),
      tables.selectFrom("investigations").selectAll().orderBy("id", "desc").limit(NEWEST).execute(),
    ]);
    const looks = await looksOf(
      tables,
      rows.map(({ id }) => id),
    );
    const counted = Object.fromEntries(states.map(({ state, count: found }) => [state, Number(found)]));
    const overview: Overview = {
      models: Number(models.count),
      suspects: Number(suspects.count),
      investigations: { ...NONE, ...counted },
      newest: rows.map((row) => toInvestigation(row, looks.get(row.id) ?? [])),
      version,
    };
    return c.json(overview, 200);
  });
  return api;
}
