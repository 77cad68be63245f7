import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { rm } from "node:fs/promises";
import { VerifierError } from "../error.js";
import { fileAnswer, jsonAnswer, jsonBody, problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { etagged, etagOf, requireMatch } from "../http/etag.js";
import { idParams } from "../http/fields.js";
import { idempotent } from "../http/idempotency.js";
import { newApi } from "../http/new-api.js";
import { listPage, pageQuery, pageSchema } from "../http/pages.js";
import { requires } from "../http/requires.js";
import type { Services } from "../services.js";
import type { Model } from "../shapes/models.js";
import { createCounter } from "./counted-observations.js";
import { requireKeyChange } from "./change-owner-key.js";
import { createModel } from "./create-model.js";
import { modelChangeSchema, modelSchema, newModelSchema } from "./model-schemas.js";
import { findModel, type ModelRow, requireReady, registrationFolder, showModel } from "./model-store.js";
import { requireUnused } from "../overview/require-unused.js";
import { sendFolder } from "./send-folder.js";

const tags = ["Models"];

const list = createRoute({
  method: "get",
  path: "/models",
  tags,
  summary: "Models, the newest first",
  request: { query: pageQuery },
  responses: { 200: jsonAnswer(pageSchema(modelSchema, "ModelPage"), "A page of them"), ...problems },
});

const create = createRoute({
  method: "post",
  path: "/models",
  tags,
  summary: "Register a model, or take up a registration that was made elsewhere",
  request: { body: jsonBody(newModelSchema) },
  responses: {
    201: jsonAnswer(modelSchema, "The model; one that is registered anew is ready a little later"),
    ...problems,
  },
});

const read = createRoute({
  method: "get",
  path: "/models/{id}",
  tags,
  summary: "A model",
  request: { params: idParams },
  responses: { 200: jsonAnswer(modelSchema, "The model"), ...problems },
});

const change = createRoute({
  method: "patch",
  path: "/models/{id}",
  tags,
  summary:
    "Change name or notes of a model; for admins, give it its owner key or keep the key out from now on",
  request: { params: idParams, body: jsonBody(modelChangeSchema) },
  responses: { 200: jsonAnswer(modelSchema, "As it is now"), ...problems },
});

const remove = createRoute({
  method: "delete",
  path: "/models/{id}",
  tags,
  summary: "Delete a model that no investigation is about, with its registration and its copies",
  request: { params: idParams },
  responses: { 204: { description: "It is gone" }, ...problems },
});

const registration = createRoute({
  method: "get",
  path: "/models/{id}/registration",
  tags,
  summary: "The registration folder, as `indicia` uses it; it may hold the payload",
  request: { params: idParams },
  responses: { 200: fileAnswer("application/zip", "A zip archive of the folder"), ...problems },
});

/** Models and their registrations. */
export function modelRoutes(services: Services): OpenAPIHono<Env> {
  const { database, data, audit } = services;
  const counted = createCounter();
  const show = (row: ModelRow): Promise<Model> => showModel(services, row, counted);
  const api = newApi();
  api.get("/models", requires("viewer"));
  api.get("/models/:id", requires("viewer"));
  api.get("/models/:id/registration", requires("investigator"));
  api.post("/models", requires("investigator"), idempotent(services));
  api.patch("/models/:id", requires("investigator"));
  api.delete("/models/:id", requires("admin"));

  api.openapi(list, async (c) => {
    const query = c.req.valid("query");
    const all = database.tables.selectFrom("models").selectAll();
    const { items, next } = await listPage(all, query, (row) => row);
    return c.json({ items: await Promise.all(items.map(show)), next }, 200);
  });

  api.openapi(create, async (c) => {
    const asked = c.req.valid("json");
    const row = await createModel(services, c.var.signedIn, asked);
    const { kind } = asked.registration;
    await audit(c.var.signedIn, "model.create", `models/${row.id}`, { name: row.name, registration: kind });
    return c.json(await show(row), 201, { location: `/api/v1/models/${row.id}` });
  });

  api.openapi(read, async (c) => etagged(c, await show(await findModel(services, c.req.valid("param").id))));

  api.openapi(change, async (c) => {
    const { id } = c.req.valid("param");
    const asked = c.req.valid("json");
    const before = await findModel(services, id);
    requireMatch(c, etagOf(await show(before)));
    const { ownerKey = before.owner_key, ...named } = asked;
    if (ownerKey !== before.owner_key)
      await requireKeyChange(services, c.var.signedIn, { model: before, ownerKey });
    const row = { ...before, ...named, owner_key: ownerKey };
    await database.tables
      .updateTable("models")
      .set({ name: row.name, notes: row.notes, owner_key: row.owner_key })
      .where("id", "=", id)
      .execute();
    await audit(c.var.signedIn, "model.change", `models/${id}`, {
      changed: Object.keys(asked),
      ...(asked.ownerKey === undefined ? {} : { ownerKey }),
    });
    return etagged(c, await show(row));
  });

  api.openapi(remove, async (c) => {
    const { id } = c.req.valid("param");
    const row = await findModel(services, id);
    requireMatch(c, etagOf(await show(row)));
    if (row.state === "registering")
      throw new VerifierError(
        "STATE_CONFLICT",
        "the model is being registered",
        "Wait until that has ended.",
      );
    await requireUnused(services, { model: id });
    await database.tables.deleteFrom("models").where("id", "=", id).execute();
    await rm(data.model(id), { recursive: true, force: true });
    await audit(c.var.signedIn, "model.delete", `models/${id}`, { name: row.name });
    return c.body(null, 204);
  });

  api.openapi(registration, async (c) => {
    const row = await findModel(services, c.req.valid("param").id);
    requireReady(row);
    await audit(c.var.signedIn, "model.download", `models/${row.id}`);
    return await sendFolder(services, registrationFolder(services, row.id), `registration-${row.id}.zip`);
  });
  return api;
}
