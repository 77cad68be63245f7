import { rm } from "node:fs/promises";
import path from "node:path";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { ZIP_LIMITS } from "@indicia/evidence/zip-limits";
import { jsonAnswer, problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { newApi } from "../http/new-api.js";
import { requires } from "../http/requires.js";
import type { Services } from "../services.js";
import type { EvidenceVerification } from "../shapes/evidence.js";
import { atOnce } from "../tasks/at-once.js";
import { limited } from "../tasks/limited.js";
import { requireOutput } from "../tasks/require-output.js";
import { runTask } from "../tasks/run-task.js";
import { declaredLength } from "../uploads/declared-length.js";
import { receiveFile } from "../uploads/receive-file.js";
import { makeScratch } from "../uploads/scratch-folder.js";
import { UPLOAD_LIMITS } from "../uploads/upload-limits.js";

/** The largest bundle takes a minute, and its memory several times its size: so one at a time. */
const VERIFY_MS = 600_000;
/** Bundles of one user that come or wait at once: each may take its whole size of the disk. */
const MOST_AT_ONCE = 2;
const verifying = limited({ atOnce: 1, waiting: 4 });

const checkSchema = z.object({
  name: z.string(),
  status: z.enum(["passed", "failed", "not checked"]),
  detail: z.string(),
  code: z.string().nullable(),
});
const verificationSchema: z.ZodType<EvidenceVerification> = z
  .object({
    sha256: z.string(),
    bytes: z.number().int(),
    verified: z.boolean(),
    checks: z.array(checkSchema),
    verdict: z.string().nullable(),
    standing: z.string().nullable(),
    log10P: z.number().nullable(),
  })
  .openapi("EvidenceVerification");

const verify = createRoute({
  method: "post",
  path: "/evidence/verify",
  tags: ["Evidence"],
  summary: "Check a bundle or an excerpt of evidence, whoever made it; nothing of it is kept",
  middleware: requires("viewer"),
  request: {
    body: {
      required: true,
      content: { "application/zip": { schema: z.string().openapi({ format: "binary" }) } },
    },
  },
  responses: {
    200: jsonAnswer(verificationSchema, "What was checked, also where it does not verify"),
    ...problems,
  },
});

/** Evidence of anybody's, checked. */
export function verifyRoutes(services: Services): OpenAPIHono<Env> {
  const api = newApi();
  const coming = atOnce(MOST_AT_ONCE);
  api.openapi(verify, async (c) => {
    const done = coming.take(c.var.signedIn.userId);
    let folder: string | null = null;
    try {
      folder = await makeScratch(services);
      const evidence = path.join(folder, "evidence.zip");
      const { bytes, sha256 } = await receiveFile(c.req.raw.body, evidence, {
        maxBytes: ZIP_LIMITS.archiveBytes,
        idleMs: UPLOAD_LIMITS.idleMs,
        declared: declaredLength(c.req.header("content-length")),
      });
      const outcome = await verifying(() =>
        runTask("verify-evidence", { evidence }, { timeoutMs: VERIFY_MS, hide: services.data.root }),
      );
      const found = requireOutput(outcome);
      await services.audit(c.var.signedIn, "evidence.verify", null, { sha256, verified: found.verified });
      return c.json({ sha256, bytes, ...found }, 200);
    } finally {
      if (folder !== null) await rm(folder, { recursive: true, force: true });
      done();
    }
  });
  return api;
}
