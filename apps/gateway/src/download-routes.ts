import path from "node:path";
import type { FoundHandOut } from "@indicia/vault/take-hand-out";
import type { Context, Hono, MiddlewareHandler } from "hono";
import { BadRequest } from "./bad-request.js";
import { callerOf, keptCaller } from "./caller.js";
import type { Defence } from "./defences/defence.js";
import { Refusal } from "./defences/refusal.js";
import { type DownloadAsked, type DownloadDesk, nothingHere } from "./downloads/download-desk.js";
import { notesOf } from "./ops/notes.js";
import { beforeHandOut, enter } from "./pipeline.js";
import type { Models } from "./serving/models.js";

/** Where a customer fetches his own copy of a model; `?file=NAME` for what lies beside it. */
export const DOWNLOAD_PATH = "/v1/models/:name/download";

/** Have the desk note whom it refused anything, and why; who did not show who he is stands in the gateway's own log alone. */
export function tellRefusals(desk: DownloadDesk): MiddlewareHandler {
  return async (c, next) => {
    // Afterwards it would be asked of whatever came last, which may know no name.
    const model = c.req.param("name") ?? "";
    await next();
    const account = keptCaller(c)?.account ?? null;
    const code = codeOf(c.error);
    if (account !== null && code !== null) desk.refused(model, account, code);
  };
}

function codeOf(error: Error | undefined): string | null {
  if (error === undefined) return null;
  if (error instanceof Refusal) return error.code;
  return error instanceof BadRequest ? String(error.details["code"]) : "INTERNAL";
}

/**
 * `GET` sends a customer what was deposited for him, encrypted to him. Whatever is missing, the answer is the same; who
 * has no scope for it is told so before it can be seen what there is.
 */
export function addDownloadRoutes(
  app: Hono,
  {
    models,
    access,
    desk,
  }: { readonly models: Models; readonly access: Defence; readonly desk: DownloadDesk },
): void {
  app.get(DOWNLOAD_PATH, async (c) => {
    const model = c.req.param("name");
    const caller = callerOf(c, model, "download");
    await access.enter?.(caller);
    const served = models.find(model);
    const { account } = caller;
    if (served === null || account === null) throw nothingHere();
    await enter(served.defences, caller);
    await beforeHandOut(served.defences, caller);
    const requestId = notesOf(c)?.requestId ?? null;
    const asked: DownloadAsked = { requestId, model, account, file: c.req.query("file") ?? null };
    const found = await desk.find(asked);
    if (isHeld(c, found)) return c.body(null, 304, cacheHeaders(found));
    if (c.req.method === "HEAD") return c.body(null, 200, headersOf(c, found));
    const taken = await desk.take(asked);
    return c.body(taken.stream, 200, headersOf(c, taken));
  });
}

/** Whether the client says that he has these very bytes (RFC 9110, 13.1.2). */
function isHeld(c: Context, { file }: FoundHandOut): boolean {
  const tags = c.req.header("if-none-match")?.split(",") ?? [];
  return tags.some((tag) => tag.trim().replace(/^W\//, "") === `"${file.sha256}"`);
}

/** What no cache may keep. */
function cacheHeaders({ file }: FoundHandOut): Record<string, string> {
  return { etag: `"${file.sha256}"`, "cache-control": "no-store" };
}

function headersOf(c: Context, found: FoundHandOut): Record<string, string> {
  const { handOut, file } = found;
  const [main, ...others] = handOut.files;
  const beside = file === main ? others : [];
  const links = beside.map(({ name }) => `<${c.req.path}?file=${encodeURIComponent(name)}>; rel="related"`);
  return {
    ...cacheHeaders(found),
    "content-type": "application/octet-stream",
    "content-length": String(file.bytes),
    "content-disposition": attachment(`${path.posix.basename(file.name)}.age`),
    "x-content-type-options": "nosniff",
    ...(links.length === 0 ? {} : { link: links.join(", ") }),
  };
}

/** A name in a header (RFC 6266, appendix D): plain for all, and as it is for whoever reads RFC 8187. */
function attachment(name: string): string {
  const plain = name.replace(/[^\w .+@-]/g, "_");
  if (plain === name) return `attachment; filename="${plain}"`;
  const exact = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
