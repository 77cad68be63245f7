import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { VerifierError } from "../error.js";
import { jsonAnswer, problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { etagged, etagOf, requireMatch } from "../http/etag.js";
import { idParams } from "../http/fields.js";
import { idempotent } from "../http/idempotency.js";
import { newApi } from "../http/new-api.js";
import { requires } from "../http/requires.js";
import { newId } from "../new-id.js";
import type { Services } from "../services.js";
import type { Upload } from "../shapes/common.js";
import { declaredLength } from "./declared-length.js";
import { receiveFile } from "./receive-file.js";
import { UPLOAD_LIMITS, type UploadLimits } from "./upload-limits.js";
import { dispositionName, uploadName } from "./upload-name.js";
import { createQuota } from "./upload-quota.js";
import { dropUpload, findUpload, type HeldUpload, showUpload, uploadPath } from "./upload-store.js";

/** Longest name that is read at all. */
const MAX_GIVEN_NAME = 4096;

const uploadSchema: z.ZodType<Upload> = z
  .object({
    id: z.string(),
    name: z.string(),
    bytes: z.number().int(),
    sha256: z.string(),
    uploaded: z.string(),
  })
  .openapi("Upload");

const tags = ["Uploads"];

const create = createRoute({
  method: "post",
  path: "/uploads",
  tags,
  summary: "Upload a file, to be used by another request within a day",
  request: {
    query: z.object({ name: z.string().max(MAX_GIVEN_NAME).optional() }),
    body: {
      required: true,
      content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } },
    },
  },
  responses: { 201: jsonAnswer(uploadSchema, "What came"), ...problems },
});

const read = createRoute({
  method: "get",
  path: "/uploads/{id}",
  tags,
  summary: "An upload of one's own that waits to be used",
  request: { params: idParams },
  responses: { 200: jsonAnswer(uploadSchema, "The upload"), ...problems },
});

const remove = createRoute({
  method: "delete",
  path: "/uploads/{id}",
  tags,
  summary: "Remove an upload of one's own",
  request: { params: idParams },
  responses: { 204: { description: "It is gone" }, ...problems },
});

/** Files that come in. They belong to whoever uploaded them until something is made of them. */
export function uploadRoutes(services: Services, limits: UploadLimits = UPLOAD_LIMITS): OpenAPIHono<Env> {
  const { database, audit, clock } = services;
  const quota = createQuota(services, limits);
  const api = newApi();
  api.use("/uploads", requires("investigator"));
  api.use("/uploads/*", requires("investigator"));
  api.post("/uploads", idempotent(services));

  api.openapi(create, async (c) => {
    const { userId } = c.var.signedIn;
    const given = c.req.valid("query").name ?? dispositionName(c.req.header("content-disposition")) ?? "";
    const declared = declaredLength(c.req.header("content-length"));
    const id = newId(clock());
    const row = await quota.within(userId, declared, async (maxBytes) => {
      const options = { maxBytes, idleMs: limits.idleMs, declared };
      const received = await receiveFile(c.req.raw.body, uploadPath(services, id), options);
      const made = { id, user: userId, name: uploadName(given), uploaded: clock(), ...received };
      await database.tables.insertInto("uploads").values(made).execute();
      return made;
    });
    await audit(c.var.signedIn, "upload.create", `uploads/${id}`, { bytes: row.bytes, sha256: row.sha256 });
    return c.json(showUpload(row), 201, { location: `/api/v1/uploads/${id}` });
  });

  api.openapi(read, async (c) => {
    const found = await own(services, { id: c.req.valid("param").id, userId: c.var.signedIn.userId });
    return etagged(c, showUpload(found));
  });

  api.openapi(remove, async (c) => {
    const found = await own(services, { id: c.req.valid("param").id, userId: c.var.signedIn.userId });
    requireMatch(c, etagOf(showUpload(found)));
    await dropUpload(services, found.id);
    await audit(c.var.signedIn, "upload.delete", `uploads/${found.id}`);
    return c.body(null, 204);
  });
  return api;
}

async function own(
  services: Services,
  asked: { readonly id: string; readonly userId: string },
): Promise<HeldUpload> {
  const found = await findUpload(services, asked);
  if (found !== null) return found;
  throw new VerifierError("NOT_FOUND", "there is no such upload", "It may have been used, or removed.");
}
