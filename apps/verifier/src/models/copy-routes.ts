import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { Selectable } from "kysely";
import type { ResourceTables } from "../database/resource-tables.js";
import { VerifierError } from "../error.js";
import { fileAnswer, jsonAnswer, jsonBody, problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { etagged } from "../http/etag.js";
import { idParams } from "../http/fields.js";
import { idempotent } from "../http/idempotency.js";
import { newApi } from "../http/new-api.js";
import { listPage, pageQuery, pageSchema } from "../http/pages.js";
import { requires } from "../http/requires.js";
import { newId } from "../new-id.js";
import type { Services } from "../services.js";
import type { ModelCopy, NewModelCopy } from "../shapes/models.js";
import { copyParams, copySchema, newCopySchema } from "./copy-schemas.js";
import type { ModelJobOptions } from "./job-options.js";
import { COPY_FILE, copyFolder } from "./model-files.js";
import { findModel, type ModelRow, requireReady } from "./model-store.js";
import { sendFile, sendFolder } from "./send-folder.js";
import { SEALED_FOR } from "../secrets/purposes.js";

/** Largest share of labels that a mark may change where nobody says. */
const LABEL_BUDGET = 0.005;
/** What lies in a copy's folder without external data: the model and its signature. */
const PLAIN_FILES = 2;

type CopyRow = Selectable<ResourceTables["copies"]>;

const tags = ["Models"];

const list = createRoute({
  method: "get",
  path: "/models/{id}/copies",
  tags,
  summary: "Marked copies of a model, the newest first",
  middleware: requires("viewer"),
  request: { params: idParams, query: pageQuery },
  responses: { 200: jsonAnswer(pageSchema(copySchema, "ModelCopyPage"), "A page of them"), ...problems },
});

const read = createRoute({
  method: "get",
  path: "/models/{id}/copies/{copy}",
  tags,
  summary: "A marked copy",
  middleware: requires("viewer"),
  request: { params: copyParams },
  responses: { 200: jsonAnswer(copySchema, "The copy"), ...problems },
});

const download = createRoute({
  method: "get",
  path: "/models/{id}/copies/{copy}/file",
  tags,
  summary: "The file of a marked copy; a zip archive of it and its data where it keeps some outside",
  middleware: requires("investigator"),
  request: { params: copyParams },
  responses: { 200: fileAnswer("application/octet-stream", "The .onnx file"), ...problems },
});

const remove = createRoute({
  method: "delete",
  path: "/models/{id}/copies/{copy}",
  tags,
  summary: "Delete a marked copy; that it was made stays in the registration",
  middleware: requires("admin"),
  request: { params: copyParams },
  responses: { 204: { description: "It is gone" }, ...problems },
});

/** Marked copies, as they are released or given to customers. */
export function copyRoutes(services: Services): OpenAPIHono<Env> {
  const { database, data, audit } = services;
  const { tables } = database;
  const create = createRoute({
    method: "post",
    path: "/models/{id}/copies",
    tags,
    summary: "Mark a copy of a model whose owner key is in the service",
    middleware: [requires("investigator"), idempotent(services)] as const,
    request: { params: idParams, body: jsonBody(newCopySchema) },
    responses: { 201: jsonAnswer(copySchema, "The copy, which is ready a little later"), ...problems },
  });
  const api = newApi();

  api.openapi(list, async (c) => {
    const { id } = await findModel(services, c.req.valid("param").id);
    const query = c.req.valid("query");
    const all = tables.selectFrom("copies").selectAll().where("model", "=", id);
    return c.json(await listPage(all, query, showCopy), 200);
  });

  api.openapi(create, async (c) => {
    const model = await findModel(services, c.req.valid("param").id);
    const row = await createCopy(services, model, c.req.valid("json"));
    await audit(c.var.signedIn, "model.mark", `models/${model.id}`, { copy: row.id, customer: row.customer });
    const location = `/api/v1/models/${model.id}/copies/${row.id}`;
    return c.json(showCopy(row), 201, { location });
  });

  api.openapi(read, async (c) => etagged(c, showCopy(await findCopy(services, c.req.valid("param")))));

  api.openapi(download, async (c) => {
    const row = await findCopy(services, c.req.valid("param"));
    if (row.state !== "ready")
      throw new VerifierError("STATE_CONFLICT", `the copy is ${row.state}`, "Wait until it is ready.");
    await audit(c.var.signedIn, "model.download-copy", `models/${row.model}`, { copy: row.id });
    const folder = copyFolder(data.model(row.model), row.id);
    if ((await readdir(folder)).length > PLAIN_FILES)
      return await sendFolder(services, folder, `copy-${row.id}.zip`);
    const file = { name: `copy-${row.id}.onnx`, type: "application/octet-stream" };
    return await sendFile(path.join(folder, COPY_FILE), file);
  });

  api.openapi(remove, async (c) => {
    const row = await findCopy(services, c.req.valid("param"));
    if (row.state === "marking")
      throw new VerifierError("STATE_CONFLICT", "the copy is being marked", "Wait until that has ended.");
    await tables.deleteFrom("copies").where("id", "=", row.id).execute();
    await rm(copyFolder(data.model(row.model), row.id), { recursive: true, force: true });
    await audit(c.var.signedIn, "model.delete-copy", `models/${row.model}`, { copy: row.id });
    return c.body(null, 204);
  });
  return api;
}

async function createCopy(services: Services, model: ModelRow, asked: NewModelCopy): Promise<CopyRow> {
  const { database, secrets, clock } = services;
  requireReady(model);
  if (model.owner_key === null)
    throw new VerifierError(
      "STATE_CONFLICT",
      "the owner key of the model is kept out of the service",
      "Mark copies where the key is, with `indicia mark`.",
    );
  const id = newId(clock());
  const { payload = null, customer = null } = asked;
  const options: ModelJobOptions = {
    kind: "mark",
    copy: id,
    customer,
    weights: asked.weights ?? "auto",
    readout: asked.readout ?? "auto",
    labelBudget: asked.labelBudget ?? LABEL_BUDGET,
  };
  const sealed =
    payload === null ? null : await secrets.seal(SEALED_FOR.payload(id), new TextEncoder().encode(payload));
  const created = clock();
  return await database.tables.transaction().execute(async (tables) => {
    const row = await tables
      .insertInto("copies")
      .values({ id, model: model.id, name: asked.name ?? model.name, customer, created, state: "marking" })
      .returningAll()
      .executeTakeFirstOrThrow();
    await tables
      .insertInto("model_jobs")
      .values({ id, model: model.id, copy: id, options: JSON.stringify(options), payload: sealed, created })
      .execute();
    return row;
  });
}

async function findCopy(
  { database }: Services,
  { id, copy }: { readonly id: string; readonly copy: string },
): Promise<CopyRow> {
  const row = await database.tables
    .selectFrom("copies")
    .selectAll()
    .where("id", "=", copy)
    .where("model", "=", id)
    .executeTakeFirst();
  if (row !== undefined) return row;
  throw new VerifierError("NOT_FOUND", "there is no such copy", "It may have been deleted.");
}

function showCopy({ id, model, name, customer, created, state, step, error, marked }: CopyRow): ModelCopy {
  return { id, model, name, customer, created: created.toISOString(), state, step, error, marked };
}
