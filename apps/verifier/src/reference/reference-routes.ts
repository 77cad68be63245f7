import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Hono } from "hono";

/** What the page loads, by its name below `/api/reference`. */
const FILES: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  "swagger-ui-bundle.js": {
    file: fileURLToPath(import.meta.resolve("swagger-ui-dist/swagger-ui-bundle.js")),
    type: "text/javascript; charset=utf-8",
  },
  "swagger-ui.css": {
    file: fileURLToPath(import.meta.resolve("swagger-ui-dist/swagger-ui.css")),
    type: "text/css; charset=utf-8",
  },
};

const PAGE = `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Indicia: reference of the API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/api/reference/swagger-ui.css">
<script src="/api/reference/swagger-ui-bundle.js" defer></script>
<script src="/api/reference/start.js" defer></script>
</head>
<body>
<div id="reference">Sign in at the page first: the reference is shown to users.</div>
</body>
</html>
`;

/** What is tried from the page carries the token of the session, and its colours are those chosen, as on our pages. */
const START = `"use strict";
const theme = () => {
  try { return localStorage.getItem("indicia-theme"); } catch { return null; }
};
const system = matchMedia("(prefers-color-scheme: dark)");
const colour = () => {
  const chosen = theme();
  const dark = chosen === "dark" || (chosen !== "light" && system.matches);
  document.documentElement.classList.toggle("dark-mode", dark);
};
colour();
system.addEventListener("change", colour);
(async () => {
  const answer = await fetch("/api/v1/session");
  if (!answer.ok) return;
  const { csrf } = await answer.json();
  SwaggerUIBundle({
    url: "/api/v1/openapi.json",
    dom_id: "#reference",
    deepLinking: true,
    validatorUrl: null,
    requestInterceptor: (request) => {
      if (csrf !== null) request.headers["x-csrf-token"] = csrf;
      return request;
    },
  });
})();
`;

/** A page to read and try the API, with nothing from elsewhere. It shows nothing to whoever is not signed in. */
export function referenceRoutes(): Hono {
  const app = new Hono();
  app.get("/api/reference", (c) => c.html(PAGE));
  app.get("/api/reference/start.js", (c) =>
    c.body(START, 200, { "content-type": "text/javascript; charset=utf-8" }),
  );
  app.get("/api/reference/:file", async (c, next) => {
    const found = Object.entries(FILES).find(([name]) => name === c.req.param("file"))?.[1];
    if (found === undefined) return await next();
    const bytes = new Uint8Array(await readFile(found.file));
    return c.body(bytes, 200, { "content-type": found.type, "cache-control": "public, max-age=86400" });
  });
  return app;
}
