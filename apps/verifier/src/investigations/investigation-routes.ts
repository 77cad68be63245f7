import { rm } from "node:fs/promises";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { VerifierError } from "../error.js";
import { jsonAnswer, jsonBody, problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { etagged, etagOf, requireMatch } from "../http/etag.js";
import { idField, idParams } from "../http/fields.js";
import { idempotent } from "../http/idempotency.js";
import { newApi } from "../http/new-api.js";
import { pageQuery, pageSchema, readCursor, toPage } from "../http/pages.js";
import { requires } from "../http/requires.js";
import type { Services } from "../services.js";
import type { Investigation, InvestigationState } from "../shapes/investigations.js";
import { createInvestigation } from "./create.js";
import { looksOf, readInvestigation, tellState, toInvestigation } from "./rows.js";
import { investigationChangeSchema, investigationSchema, newInvestigationSchema } from "./schemas.js";
import { lockInvestigation, notFound, transition, type Wish } from "./transitions.js";

const tags = ["Investigations"];
const answer = jsonAnswer(investigationSchema, "The investigation");
const STATES = [
  "draft",
  "queued",
  "running",
  "paused",
  "awaiting-key",
  "concluded",
  "failed",
  "cancelled",
] as const satisfies readonly InvestigationState[];

const list = createRoute({
  method: "get",
  path: "/investigations",
  tags,
  summary: "Investigations, newest first",
  request: {
    query: pageQuery.extend({
      state: z.enum(STATES).optional(),
      model: idField.optional(),
      suspect: idField.optional(),
    }),
  },
  responses: {
    200: jsonAnswer(pageSchema(investigationSchema, "InvestigationPage"), "A page of them"),
    ...problems,
  },
});
const create = createRoute({
  method: "post",
  path: "/investigations",
  tags,
  summary: "Plan an investigation, and start it if that is wished",
  request: { body: jsonBody(newInvestigationSchema) },
  responses: { 201: answer, ...problems },
});
const read = createRoute({
  method: "get",
  path: "/investigations/{id}",
  tags,
  summary: "An investigation",
  request: { params: idParams },
  responses: { 200: answer, ...problems },
});
const change = createRoute({
  method: "patch",
  path: "/investigations/{id}",
  tags,
  summary: "Give an investigation another name",
  request: { params: idParams, body: jsonBody(investigationChangeSchema) },
  responses: { 200: answer, ...problems },
});
const remove = createRoute({
  method: "delete",
  path: "/investigations/{id}",
  tags,
  summary: "Delete an investigation that does not run, with what was recorded and its evidence",
  request: { params: idParams },
  responses: { 204: { description: "It is gone" }, ...problems },
});
const WISHES: readonly { readonly wish: Wish; readonly summary: string }[] = [
  { wish: "start", summary: "Start an investigation that was planned" },
  { wish: "pause", summary: "Ask nothing more until somebody resumes it" },
  { wish: "resume", summary: "Go on with an investigation that is paused or failed" },
  { wish: "cancel", summary: "End an investigation; what was recorded is kept" },
];

/** Investigations, and what may be done to them. */
export function investigationRoutes(services: Services): OpenAPIHono<Env> {
  const { database, data, audit, clock } = services;
  const { tables } = database;
  const api = newApi();
  api.get("/investigations", requires("viewer"));
  api.get("/investigations/:id", requires("viewer"));
  api.post("/investigations", requires("investigator"), idempotent(services));
  api.patch("/investigations/:id", requires("investigator"));
  api.delete("/investigations/:id", requires("admin"));

  const find = async (id: string): Promise<Investigation> => {
    const found = await readInvestigation(tables, id);
    if (found === null) throw notFound();
    return found;
  };

  api.openapi(list, async (c) => {
    const query = c.req.valid("query");
    const { state, model, suspect } = query;
    const before = readCursor(query);
    const rows = await tables
      .selectFrom("investigations")
      .selectAll()
      .$if(before !== null, (all) => all.where("id", "<", before ?? ""))
      .$if(state !== undefined, (all) => all.where("state", "=", state ?? "draft"))
      .$if(model !== undefined, (all) => all.where("model", "=", model ?? ""))
      .$if(suspect !== undefined, (all) => all.where("suspect", "=", suspect ?? ""))
      .orderBy("id", "desc")
      .limit(query.limit + 1)
      .execute();
    const looks = await looksOf(
      tables,
      rows.map(({ id }) => id),
    );
    return c.json(
      toPage(rows, query, (row) => toInvestigation(row, looks.get(row.id) ?? [])),
      200,
    );
  });

  api.openapi(create, async (c) => {
    const asked = c.req.valid("json");
    const made = await createInvestigation(services, asked);
    const { model, suspect } = asked;
    await audit(c.var.signedIn, "investigation.create", `investigations/${made.id}`, { model, suspect });
    if (asked.start === true) await audit(c.var.signedIn, "investigation.start", `investigations/${made.id}`);
    return c.json(made, 201, { location: `/api/v1/investigations/${made.id}` });
  });

  api.openapi(read, async (c) => etagged(c, await find(c.req.valid("param").id)));

  api.openapi(change, async (c) => {
    const { id } = c.req.valid("param");
    const before = await find(id);
    requireMatch(c, etagOf(before));
    const name = c.req.valid("json").name ?? before.name;
    await tables.transaction().execute(async (transaction) => {
      await transaction.updateTable("investigations").set({ name }).where("id", "=", id).execute();
      await tellState(transaction, id, clock());
    });
    await audit(c.var.signedIn, "investigation.change", `investigations/${id}`);
    return etagged(c, await find(id));
  });

  api.openapi(remove, async (c) => {
    const { id } = c.req.valid("param");
    requireMatch(c, etagOf(await find(id)));
    await tables.transaction().execute(async (transaction) => {
      const { state } = await lockInvestigation(transaction, id);
      if (state === "running" || state === "queued")
        throw new VerifierError("STATE_CONFLICT", `the investigation is ${state}`, "Cancel it first.");
      await transaction.deleteFrom("investigations").where("id", "=", id).execute();
    });
    await rm(data.investigation(id), { recursive: true, force: true });
    await audit(c.var.signedIn, "investigation.delete", `investigations/${id}`);
    return c.body(null, 204);
  });

  for (const { wish, summary } of WISHES) {
    const path = `/investigations/{id}/${wish}`;
    api.post(`/investigations/:id/${wish}`, requires("investigator"), idempotent(services));
    api.openapi(
      createRoute({
        method: "post",
        path,
        tags,
        summary,
        request: { params: idParams },
        responses: { 200: answer, ...problems },
      }),
      async (c) => {
        const { id } = c.req.valid("param");
        const after = await transition(services, id, wish);
        await audit(c.var.signedIn, `investigation.${wish}`, `investigations/${id}`);
        return c.json(after, 200);
      },
    );
  }
  return api;
}
