import path from "node:path";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { VerifierError } from "../error.js";
import { fileAnswer, jsonAnswer, problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { etagged } from "../http/etag.js";
import { idParams } from "../http/fields.js";
import { newApi } from "../http/new-api.js";
import { requires } from "../http/requires.js";
import { sendFile, sendFolder } from "../models/send-folder.js";
import type { Services } from "../services.js";
import type { Investigation } from "../shapes/investigations.js";
import { readFindings } from "./findings.js";
import { findingsSchema } from "./findings-schema.js";
import { EVIDENCE_FILE, OBSERVATION_FOLDER } from "./folder-names.js";
import { keepEvidence } from "./keep-evidence.js";
import { readInvestigation } from "./rows.js";
import { investigationSchema } from "./schemas.js";
import { notFound } from "./transitions.js";
import { atOnce } from "../tasks/at-once.js";

const tags = ["Investigations"];
/** Bundles of one user that come or wait at once: each may take its whole size of the disk. */
const MOST_AT_ONCE = 2;
const zip = fileAnswer("application/zip", "A zip archive");

const findings = createRoute({
  method: "get",
  path: "/investigations/{id}/findings",
  tags,
  summary: "What an investigation found, and what that means",
  request: { params: idParams },
  responses: { 200: jsonAnswer(findingsSchema, "The findings"), ...problems },
});
const evidence = createRoute({
  method: "get",
  path: "/investigations/{id}/evidence",
  tags,
  summary: "The evidence, which anyone can verify with `indicia evidence verify`",
  request: { params: idParams },
  responses: { 200: zip, ...problems },
});
const observation = createRoute({
  method: "get",
  path: "/investigations/{id}/observation",
  tags,
  summary: "The sealed observation, to be concluded by `indicia conclude` where the key is",
  request: { params: idParams },
  responses: { 200: zip, ...problems },
});
const put = createRoute({
  method: "put",
  path: "/investigations/{id}/evidence",
  tags,
  summary: "Hand in evidence that was made of the observation where the key is; it is verified first",
  request: {
    params: idParams,
    body: {
      required: true,
      content: { "application/zip": { schema: z.string().openapi({ format: "binary" }) } },
    },
  },
  responses: { 200: jsonAnswer(investigationSchema, "The investigation, concluded"), ...problems },
});

/** What came of investigations. */
export function evidenceRoutes(services: Services): OpenAPIHono<Env> {
  const { database, data, audit } = services;
  const coming = atOnce(MOST_AT_ONCE);
  const api = newApi();
  api.get("/investigations/:id/findings", requires("viewer"));
  api.get("/investigations/:id/evidence", requires("viewer"));
  api.get("/investigations/:id/observation", requires("investigator"));
  api.put("/investigations/:id/evidence", requires("investigator"));

  const find = async (id: string): Promise<Investigation> => {
    const found = await readInvestigation(database.tables, id);
    if (found === null) throw notFound();
    return found;
  };

  api.openapi(findings, async (c) => {
    const { id, state } = await find(c.req.valid("param").id);
    const found = state === "concluded" ? await readFindings(id, data.investigation(id)) : null;
    if (found === null) throw notYet("findings");
    return etagged(c, found);
  });

  api.openapi(evidence, async (c) => {
    const { id, evidence: kept } = await find(c.req.valid("param").id);
    if (kept === null) throw notYet("evidence");
    const etag = `"${kept.sha256}"`;
    if (c.req.header("if-none-match")?.includes(etag) === true) return c.body(null, 304, { etag });
    await audit(c.var.signedIn, "investigation.download", `investigations/${id}`, { sha256: kept.sha256 });
    const file = path.join(data.investigation(id), EVIDENCE_FILE);
    const response = await sendFile(file, { name: `evidence-${id}.zip`, type: "application/zip" });
    response.headers.set("etag", etag);
    return response;
  });

  api.openapi(observation, async (c) => {
    const { id, state } = await find(c.req.valid("param").id);
    if (state !== "awaiting-key" && state !== "concluded") throw notYet("sealed observation");
    await audit(c.var.signedIn, "investigation.export", `investigations/${id}`);
    const folder = path.join(data.investigation(id), OBSERVATION_FOLDER);
    return await sendFolder(services, folder, `observation-${id}.zip`);
  });

  api.openapi(put, async (c) => {
    const { id } = c.req.valid("param");
    const length = Number(c.req.header("content-length") ?? Number.NaN);
    const declared = Number.isSafeInteger(length) ? length : null;
    const done = coming.take(c.var.signedIn.userId);
    const sent = { body: c.req.raw.body, declared };
    const after = await keepEvidence(services, id, sent).finally(done);
    await audit(c.var.signedIn, "investigation.conclude", `investigations/${id}`, {
      verdict: after.verdict,
      sha256: after.evidence?.sha256 ?? null,
    });
    return c.json(after, 200);
  });
  return api;
}

function notYet(what: string): VerifierError {
  return new VerifierError(
    "STATE_CONFLICT",
    `there is no ${what} yet`,
    "Wait until the investigation has ended.",
  );
}
