import { readFile } from "node:fs/promises";
import { workerFile } from "@indicia/onnx/worker-pool";
import { Hono } from "hono";
import { ICON, STYLESHEET } from "./stylesheet.js";

/** Scripts of the page, as they were compiled. */
const SCRIPTS: ReadonlyMap<string, URL> = new Map([
  ["admin.js", new URL("./web/admin.js", import.meta.url)],
  ["api.js", new URL("./web/api.js", import.meta.url)],
  ["elements.js", new URL("./web/elements.js", import.meta.url)],
  ["formats.js", new URL("./web/formats.js", import.meta.url)],
  ["tables.js", new URL("./web/tables.js", import.meta.url)],
  ["accounts.js", new URL("./web/accounts.js", import.meta.url)],
  ["account-detail.js", new URL("./web/account-detail.js", import.meta.url)],
  ["plot.js", new URL("./web/plot.js", import.meta.url)],
  ["events.js", new URL("./web/events.js", import.meta.url)],
  ["logs.js", new URL("./web/logs.js", import.meta.url)],
]);

/** The page's own files; nothing in them is secret. */
export function assetRoutes(): Hono {
  const app = new Hono();
  app.get("/admin.css", (c) => c.body(STYLESHEET, 200, { "content-type": "text/css; charset=utf-8" }));
  app.get("/icon.svg", (c) => c.body(ICON, 200, { "content-type": "image/svg+xml" }));
  app.get("/:file", async (c) => {
    const script = SCRIPTS.get(c.req.param("file"));
    const file = script === undefined ? null : workerFile(script);
    if (file === null) return c.json({ error: "there is nothing here" }, 404);
    return c.body(await readFile(file, "utf8"), 200, { "content-type": "text/javascript; charset=utf-8" });
  });
  return app;
}
