import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { VerifierError } from "../error.js";
import { jsonAnswer, jsonBody, problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { etagged, etagOf, requireMatch } from "../http/etag.js";
import { idParams } from "../http/fields.js";
import { idempotent } from "../http/idempotency.js";
import { newApi } from "../http/new-api.js";
import { pageQuery, pageSchema, readCursor, toPage } from "../http/pages.js";
import { requires } from "../http/requires.js";
import { newId } from "../new-id.js";
import type { Services } from "../services.js";
import type { ProbeSet } from "../shapes/investigations.js";
import { toProbeSet } from "./rows.js";
import { newProbeSetSchema, probeSetChangeSchema, probeSetSchema } from "./schemas.js";

const tags = ["Probe sets"];
const answer = jsonAnswer(probeSetSchema, "The probe set");

const list = createRoute({
  method: "get",
  path: "/probe-sets",
  tags,
  summary: "Probe sets, oldest first",
  request: { query: pageQuery },
  responses: { 200: jsonAnswer(pageSchema(probeSetSchema, "ProbeSetPage"), "A page of them"), ...problems },
});
const create = createRoute({
  method: "post",
  path: "/probe-sets",
  tags,
  summary: "Say which probes are asked, under a name",
  request: { body: jsonBody(newProbeSetSchema) },
  responses: { 201: answer, ...problems },
});
const read = createRoute({
  method: "get",
  path: "/probe-sets/{id}",
  tags,
  summary: "A probe set",
  request: { params: idParams },
  responses: { 200: answer, ...problems },
});
const change = createRoute({
  method: "patch",
  path: "/probe-sets/{id}",
  tags,
  summary: "Give a probe set another name",
  request: { params: idParams, body: jsonBody(probeSetChangeSchema) },
  responses: { 200: answer, ...problems },
});
const remove = createRoute({
  method: "delete",
  path: "/probe-sets/{id}",
  tags,
  summary: "Delete a probe set; investigations that were made from it stay as they are",
  request: { params: idParams },
  responses: { 204: { description: "It is gone" }, ...problems },
});

/** Which probes are asked, under names, for several investigations. */
export function probeSetRoutes(services: Services): OpenAPIHono<Env> {
  const { database, audit, clock } = services;
  const { tables } = database;
  const api = newApi();
  api.get("/probe-sets", requires("viewer"));
  api.get("/probe-sets/:id", requires("viewer"));
  api.post("/probe-sets", requires("investigator"), idempotent(services));
  api.patch("/probe-sets/:id", requires("investigator"));
  api.delete("/probe-sets/:id", requires("investigator"));

  const find = async (id: string): Promise<ProbeSet> => {
    const row = await tables.selectFrom("probe_sets").selectAll().where("id", "=", id).executeTakeFirst();
    if (row !== undefined) return toProbeSet(row);
    throw new VerifierError("NOT_FOUND", "there is no such probe set", "Look it up in the list.");
  };

  api.openapi(list, async (c) => {
    const query = c.req.valid("query");
    const after = readCursor(query);
    const rows = await tables
      .selectFrom("probe_sets")
      .selectAll()
      .$if(after !== null, (all) => all.where("id", ">", after ?? ""))
      .orderBy("id")
      .limit(query.limit + 1)
      .execute();
    return c.json(toPage(rows, query, toProbeSet), 200);
  });

  api.openapi(create, async (c) => {
    const asked = c.req.valid("json");
    const model = await tables
      .selectFrom("models")
      .select("id")
      .where("id", "=", asked.model)
      .executeTakeFirst();
    if (model === undefined)
      throw new VerifierError("UNPROCESSABLE", `there is no model ${asked.model}`, "Look it up in the list.");
    const row = { id: newId(clock()), ...asked, created: clock() };
    await tables.insertInto("probe_sets").values(row).execute();
    await audit(c.var.signedIn, "probe-set.create", `probe-sets/${row.id}`, { name: row.name });
    return c.json(toProbeSet(row), 201, { location: `/api/v1/probe-sets/${row.id}` });
  });

  api.openapi(read, async (c) => etagged(c, await find(c.req.valid("param").id)));

  api.openapi(change, async (c) => {
    const { id } = c.req.valid("param");
    const before = await find(id);
    requireMatch(c, etagOf(before));
    const after = { ...before, ...c.req.valid("json") };
    await tables.updateTable("probe_sets").set({ name: after.name }).where("id", "=", id).execute();
    await audit(c.var.signedIn, "probe-set.change", `probe-sets/${id}`);
    return etagged(c, after);
  });

  api.openapi(remove, async (c) => {
    const { id } = c.req.valid("param");
    requireMatch(c, etagOf(await find(id)));
    await tables.deleteFrom("probe_sets").where("id", "=", id).execute();
    await audit(c.var.signedIn, "probe-set.delete", `probe-sets/${id}`);
    return c.body(null, 204);
  });
  return api;
}
