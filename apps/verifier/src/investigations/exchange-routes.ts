import { existsSync } from "node:fs";
import path from "node:path";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { OBSERVATION_FILES } from "@indicia/core/observation-folder";
import { VerifierError } from "../error.js";
import { jsonAnswer, problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { idParams } from "../http/fields.js";
import { newApi } from "../http/new-api.js";
import { pageQuery, pageSchema } from "../http/pages.js";
import { requires } from "../http/requires.js";
import type { Services } from "../services.js";
import { readExchanges } from "./exchanges.js";
import { OBSERVATION_FOLDER } from "./folder-names.js";
import { readInvestigation } from "./rows.js";
import { exchangeSchema } from "./schemas.js";
import { isLineStart } from "./transcript-lines.js";
import { notFound } from "./transitions.js";

const list = createRoute({
  method: "get",
  path: "/investigations/{id}/exchanges",
  tags: ["Investigations"],
  summary: "Queries and answers as the transcript has them, in its order",
  request: { params: idParams, query: pageQuery },
  responses: { 200: jsonAnswer(pageSchema(exchangeSchema, "ExchangePage"), "A page of them"), ...problems },
});

/** What was asked and answered. */
export function exchangeRoutes({ database, data }: Services): OpenAPIHono<Env> {
  const api = newApi();
  api.get("/investigations/:id/exchanges", requires("viewer"));
  api.openapi(list, async (c) => {
    const { id } = c.req.valid("param");
    const { limit, cursor = "0" } = c.req.valid("query");
    if ((await readInvestigation(database.tables, id)) === null) throw notFound();
    const file = path.join(data.investigation(id), OBSERVATION_FOLDER, OBSERVATION_FILES.transcript);
    const from = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).safeParse(cursor);
    if (!from.success || (from.data > 0 && !(existsSync(file) && (await isLineStart(file, from.data)))))
      throw new VerifierError("REQUEST_INVALID", "the cursor is none of ours", "Begin with the first page.");
    return c.json(await readExchanges(file, { from: from.data, limit }), 200);
  });
  return api;
}
