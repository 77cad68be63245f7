import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { type Context, Hono } from "hono";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json",
  ".woff2": "font/woff2",
};
/** What the build names by its content never changes. */
const FOREVER = "public, max-age=31536000, immutable";

/** A file of the page, in memory. */
interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
  readonly cache: string;
}

/**
 * The page: its files, all read at the start, so that no path reaches another file; and its first page for whatever
 * address the page itself understands.
 *
 * @param folder null, or one that is not there, for a service without a page
 */
export async function pageFiles(folder: string | null): Promise<Hono> {
  const files = folder === null ? new Map<string, PageFile>() : await readAll(folder);
  const app = new Hono();
  app.get("*", async (c, next) => {
    const found = files.get(c.req.path) ?? (isOwnAddress(c.req.path) ? files.get("/index.html") : undefined);
    return found === undefined ? await next() : answer(c, found);
  });
  return app;
}

/** Whether the page may have such an address: no file's name, and nothing of the API. */
function isOwnAddress(at: string): boolean {
  return (
    !at.startsWith("/api/") && !at.startsWith("/health/") && at !== "/metrics" && path.extname(at) === ""
  );
}

function answer(c: Context, { bytes, type, etag, cache }: PageFile): Response {
  const headers = { etag, "cache-control": cache };
  if (c.req.header("if-none-match") === etag) return c.body(null, 304, headers);
  return c.body(bytes, 200, { ...headers, "content-type": type });
}

async function readAll(folder: string): Promise<Map<string, PageFile>> {
  const files = new Map<string, PageFile>();
  for (const entry of await entriesOf(folder)) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const type = TYPES[path.extname(file)];
    if (type === undefined) continue;
    const bytes = new Uint8Array(await readFile(file));
    const at = `/${path.relative(folder, file).split(path.sep).join("/")}`;
    const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
    files.set(at, { bytes, type, etag, cache: at.startsWith("/assets/") ? FOREVER : "no-cache" });
  }
  return files;
}

async function entriesOf(folder: string): ReturnType<typeof readEntries> {
  try {
    return await readEntries(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function readEntries(folder: string) {
  return readdir(folder, { recursive: true, withFileTypes: true });
}
