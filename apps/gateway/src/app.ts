import { Hono, type MiddlewareHandler } from "hono";
import type { Networks } from "./access/networks.js";
import { answerError } from "./answer-error.js";
import { addBatchRoutes } from "./batch-routes.js";
import { trustProxies } from "./caller.js";
import type { Defence } from "./defences/defence.js";
import { addDownloadRoutes, DOWNLOAD_PATH, tellRefusals } from "./download-routes.js";
import type { DownloadDesk } from "./downloads/download-desk.js";
import { gate } from "./gate.js";
import { jsonRoutes } from "./json-routes.js";
import { methodsAt } from "./allowed-methods.js";
import { MAX_BODY_BYTES } from "./limited-body.js";
import { openInferenceRoutes } from "./open-inference-routes.js";
import type { Models } from "./serving/models.js";
import type { TermsDesk } from "./terms-desk.js";
import { addTermsRoutes } from "./terms-routes.js";

export interface AppOptions {
  readonly models: Models;
  /** Terms that customers accept, and who tells customers apart; null where there are none. */
  readonly terms?: { readonly desk: TermsDesk; readonly access: Defence | null } | null;
  /** Access control that also guards what is about no model; null where everybody may see what is served. */
  readonly access?: Defence | null;
  /** Copies of models that customers may fetch, for whom access control has a scope; null where there are none. */
  readonly downloads?: DownloadDesk | null;
  /** Proxies whose `x-forwarded-for` is believed; null where a proxy is taken to stand in front. */
  readonly trusted?: Networks | null;
  /** Largest request in bytes, default 64 MiB. */
  readonly maxBodyBytes?: number;
  /** Sees every request and its answer. */
  readonly watch?: MiddlewareHandler | null;
}

/** Everything that the gateway answers. */
export function createApp(options: AppOptions): Hono {
  const {
    models,
    terms = null,
    access = null,
    downloads = null,
    trusted = null,
    watch = null,
    maxBodyBytes = MAX_BODY_BYTES,
  } = options;
  const app = new Hono();
  app.onError(answerError);
  app.notFound((c) => {
    const allowed = methodsAt(app, c.req.path);
    if (allowed.length === 0) return c.json({ error: "there is nothing here", code: "NOT_FOUND" }, 404);
    const error = `${c.req.method} is not for this address, but ${allowed.join(" or ")}`;
    return c.json({ error, code: "METHOD_NOT_ALLOWED" }, 405, { allow: allowed.join(", ") });
  });
  if (trusted !== null) {
    app.use(async (c, next) => {
      trustProxies(c, trusted);
      await next();
    });
  }
  if (watch !== null) app.use(watch);
  if (downloads !== null) app.use(DOWNLOAD_PATH, tellRefusals(downloads));
  if (access !== null) app.use(gate(access));
  if (terms !== null) addTermsRoutes(app, terms.desk, terms.access);
  addBatchRoutes(app, models, maxBodyBytes);
  if (downloads !== null && access !== null) addDownloadRoutes(app, { models, access, desk: downloads });
  app.route("/", openInferenceRoutes(models, maxBodyBytes));
  app.route("/", jsonRoutes(models, maxBodyBytes));
  return app;
}
