import { rm } from "node:fs/promises";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { VerifierError } from "../error.js";
import { jsonAnswer, jsonBody, problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { etagged, etagOf, requireMatch } from "../http/etag.js";
import { idParams } from "../http/fields.js";
import { idempotent } from "../http/idempotency.js";
import { newApi } from "../http/new-api.js";
import { listPage, pageQuery, pageSchema } from "../http/pages.js";
import { requires } from "../http/requires.js";
import type { Services } from "../services.js";
import type { SuspectChange } from "../shapes/suspects.js";
import { createSuspect } from "./create-suspect.js";
import { inspectionRoutes } from "./inspection-routes.js";
import { historyOf } from "./suspect-history.js";
import { historySchema, newSuspectSchema, suspectChangeSchema, suspectSchema } from "./suspect-schemas.js";
import { sealSecrets } from "./suspect-secrets.js";
import { auditedTarget, findSuspect, showSuspect, type SuspectRow } from "./suspect-store.js";
import { requireUnused } from "../overview/require-unused.js";

const tags = ["Suspects"];

const list = createRoute({
  method: "get",
  path: "/suspects",
  tags,
  summary: "Suspects, the newest first",
  middleware: requires("viewer"),
  request: { query: pageQuery },
  responses: { 200: jsonAnswer(pageSchema(suspectSchema, "SuspectPage"), "A page of them"), ...problems },
});

const read = createRoute({
  method: "get",
  path: "/suspects/{id}",
  tags,
  summary: "A suspect, without its secrets",
  middleware: requires("viewer"),
  request: { params: idParams },
  responses: { 200: jsonAnswer(suspectSchema, "The suspect"), ...problems },
});

const change = createRoute({
  method: "patch",
  path: "/suspects/{id}",
  tags,
  summary: "Change name, notes, rate or secrets of a suspect; whom to ask stays as it is",
  middleware: requires("investigator"),
  request: { params: idParams, body: jsonBody(suspectChangeSchema) },
  responses: { 200: jsonAnswer(suspectSchema, "As it is now"), ...problems },
});

const remove = createRoute({
  method: "delete",
  path: "/suspects/{id}",
  tags,
  summary: "Delete a suspect that no investigation is about",
  middleware: requires("admin"),
  request: { params: idParams },
  responses: { 204: { description: "It is gone" }, ...problems },
});

const history = createRoute({
  method: "get",
  path: "/suspects/{id}/history",
  tags,
  summary: "What investigations found out about it over time",
  middleware: requires("viewer"),
  request: { params: idParams },
  responses: { 200: jsonAnswer(historySchema, "Oldest first"), ...problems },
});

/** Whom investigations ask. Credentials go in and never come out. */
export function suspectRoutes(services: Services): OpenAPIHono<Env> {
  const { database, data, audit } = services;
  const create = createRoute({
    method: "post",
    path: "/suspects",
    tags,
    summary: "Take down a suspect: an endpoint, or a file that was uploaded",
    middleware: [requires("investigator"), idempotent(services)] as const,
    request: { body: jsonBody(newSuspectSchema) },
    responses: { 201: jsonAnswer(suspectSchema, "The suspect; it was not asked yet"), ...problems },
  });
  const api = newApi();

  api.openapi(list, async (c) => {
    const query = c.req.valid("query");
    const all = database.tables.selectFrom("suspects").selectAll();
    return c.json(await listPage(all, query, showSuspect), 200);
  });

  api.openapi(create, async (c) => {
    const row = await createSuspect(services, c.var.signedIn, c.req.valid("json"));
    await audit(c.var.signedIn, "suspect.create", `suspects/${row.id}`, {
      name: row.name,
      ...auditedTarget(row.target),
    });
    return c.json(showSuspect(row), 201, { location: `/api/v1/suspects/${row.id}` });
  });

  api.openapi(read, async (c) =>
    etagged(c, showSuspect(await findSuspect(services, c.req.valid("param").id))),
  );

  api.openapi(change, async (c) => {
    const { id } = c.req.valid("param");
    const asked = c.req.valid("json");
    const before = await findSuspect(services, id);
    requireMatch(c, etagOf(showSuspect(before)));
    const row = await changeSuspect(services, before, asked);
    await audit(c.var.signedIn, "suspect.change", `suspects/${id}`, { changed: Object.keys(asked) });
    return etagged(c, showSuspect(row));
  });

  api.openapi(remove, async (c) => {
    const { id } = c.req.valid("param");
    const row = await findSuspect(services, id);
    requireMatch(c, etagOf(showSuspect(row)));
    await requireUnused(services, { suspect: id });
    await database.tables.deleteFrom("suspects").where("id", "=", id).execute();
    await rm(data.suspect(id), { recursive: true, force: true });
    await audit(c.var.signedIn, "suspect.delete", `suspects/${id}`, { name: row.name });
    return c.body(null, 204);
  });

  api.openapi(history, async (c) => {
    const { id } = await findSuspect(services, c.req.valid("param").id);
    return c.json(await historyOf(services, id), 200);
  });
  api.route("/", inspectionRoutes(services));
  return api;
}

async function changeSuspect(
  services: Services,
  before: SuspectRow,
  { headers, secrets, ...plain }: SuspectChange,
): Promise<SuspectRow> {
  const { id, target } = before;
  if (target.kind === "file" && (headers !== undefined || secrets !== undefined))
    throw new VerifierError("UNPROCESSABLE", "a file is sent nothing", "Leave headers and secrets out.");
  const sealedHeaders =
    headers === undefined ? null : await sealSecrets(services, { id, name: "headers", values: headers });
  const sealedSecrets =
    secrets === undefined ? null : await sealSecrets(services, { id, name: "secrets", values: secrets });
  return await services.database.tables
    .updateTable("suspects")
    .set({
      name: plain.name ?? before.name,
      notes: plain.notes ?? before.notes,
      rate: plain.rate ?? before.rate,
      ...(sealedHeaders === null ? {} : { header_names: sealedHeaders.names, headers: sealedHeaders.sealed }),
      ...(sealedSecrets === null ? {} : { secret_names: sealedSecrets.names, secrets: sealedSecrets.sealed }),
    })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
}
