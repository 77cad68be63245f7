import { setTimeout as sleep } from "node:timers/promises";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { VerifierError } from "../error.js";
import { jsonAnswer, jsonBody, problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { idParams } from "../http/fields.js";
import { idempotent } from "../http/idempotency.js";
import { newApi } from "../http/new-api.js";
import { listPage, pageQuery, pageSchema } from "../http/pages.js";
import { requires } from "../http/requires.js";
import { reserve } from "../investigations/leave.js";
import { registrationFolder, requireReadyModel } from "../models/model-store.js";
import { newId } from "../new-id.js";
import type { Services } from "../services.js";
import type { Inspection } from "../shapes/suspects.js";
import { limited } from "../tasks/limited.js";
import { requireOutput } from "../tasks/require-output.js";
import { runTask } from "../tasks/run-task.js";
import type { InspectInput } from "./inspect-suspect.js";
import { inspectionRequestSchema, inspectionSchema } from "./suspect-schemas.js";
import { openSecrets, openUrl } from "./suspect-secrets.js";
import { findSuspect, suspectFile, type SuspectRow } from "./suspect-store.js";

/** Of all questions together: a slow endpoint answers some of them. */
const INSPECT_MS = 100_000;
const inspecting = limited({ atOnce: 2, waiting: 8 });

const tags = ["Suspects"];

const list = createRoute({
  method: "get",
  path: "/suspects/{id}/inspections",
  tags,
  summary: "Connection tests of a suspect, the newest first",
  middleware: requires("viewer"),
  request: { params: idParams, query: pageQuery },
  responses: {
    200: jsonAnswer(pageSchema(inspectionSchema, "InspectionPage"), "A page of them"),
    ...problems,
  },
});

/** Connection tests: a handful of questions, which are counted and go into the audit log. */
export function inspectionRoutes(services: Services): OpenAPIHono<Env> {
  const { database, audit, clock } = services;
  const { tables } = database;
  const inspect = createRoute({
    method: "post",
    path: "/suspects/{id}/inspect",
    tags,
    summary: "Ask a suspect a handful of rows, and see what it reveals",
    middleware: [requires("investigator"), idempotent(services)] as const,
    request: { params: idParams, body: jsonBody(inspectionRequestSchema) },
    responses: {
      200: jsonAnswer(inspectionSchema, "What was found, also where it cannot be asked"),
      ...problems,
    },
  });
  /** Suspects that are being tested by this process. */
  const under = new Set<string>();
  const api = newApi();

  api.openapi(inspect, async (c) => {
    const row = await findSuspect(services, c.req.valid("param").id);
    const { model } = c.req.valid("json");
    if (model !== undefined) await requireReadyModel(services, model);
    if (under.has(row.id))
      throw new VerifierError("CONFLICT", "the suspect is being tested", "Wait for that to end.");
    under.add(row.id);
    try {
      const found = await inspected(services, row, model ?? null);
      const id = newId(clock());
      const at = clock();
      const inspection: Inspection = { at: at.toISOString(), ...found };
      const text = JSON.stringify(inspection);
      await tables.transaction().execute(async (rows) => {
        await rows
          .insertInto("inspections")
          .values({ id, suspect: row.id, model: model ?? null, at, found: text })
          .execute();
        await rows.updateTable("suspects").set({ inspection: text }).where("id", "=", row.id).execute();
      });
      await audit(c.var.signedIn, "suspect.inspect", `suspects/${row.id}`, {
        queries: inspection.queries,
        reachable: inspection.reachable,
        ...(model === undefined ? {} : { model }),
      });
      return c.json(inspection, 200);
    } finally {
      under.delete(row.id);
    }
  });

  api.openapi(list, async (c) => {
    const { id } = await findSuspect(services, c.req.valid("param").id);
    const query = c.req.valid("query");
    const all = tables.selectFrom("inspections").select(["id", "found"]).where("suspect", "=", id);
    return c.json(await listPage(all, query, ({ found }) => found), 200);
  });
  return api;
}

async function inspected(
  services: Services,
  row: SuspectRow,
  model: string | null,
): Promise<Omit<Inspection, "at">> {
  const { id, target, rate, query } = row;
  const input: InspectInput = {
    target:
      target.kind === "file"
        ? { kind: "file", path: suspectFile(services, row.id) }
        : {
            ...target,
            url: await openUrl(services, { id, shown: target.url, query }),
            ...(await openSecrets(services, row)),
            rate,
          },
    registration: model === null ? null : registrationFolder(services, model),
  };
  const outcome = await inspecting(() =>
    runTask("inspect-suspect", input, {
      timeoutMs: INSPECT_MS,
      hide: services.data.root,
      ...(target.kind === "file" ? {} : { turn: turnAt(services, new URL(target.url).host, rate) }),
    }),
  );
  return requireOutput(outcome);
}

/** Investigations of all workers ask the same host, and share its pace with this. */
function turnAt({ database }: Services, host: string, rate: number): () => Promise<void> {
  return async () => {
    const { waitMs } = await reserve(database.tables, { host, rate, requests: 1 });
    if (waitMs > 0) await sleep(waitMs);
  };
}
