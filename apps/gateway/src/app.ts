import { Hono } from "hono";
import { answerError } from "./answer-error.js";
import { addBatchRoutes } from "./batch-routes.js";
import type { Defence } from "./defences/defence.js";
import { openInferenceRoutes } from "./open-inference-routes.js";
import type { Models } from "./serving/models.js";
import type { TermsDesk } from "./terms-desk.js";
import { addTermsRoutes } from "./terms-routes.js";

export interface AppOptions {
  readonly models: Models;
  /** Terms that customers accept, and who tells customers apart; null where there are none. */
  readonly terms?: { readonly desk: TermsDesk; readonly access: Defence | null } | null;
}

/** Everything that the gateway answers. */
export function createApp({ models, terms = null }: AppOptions): Hono {
  const app = new Hono();
  app.onError(answerError);
  app.notFound((c) => c.json({ error: "there is nothing here" }, 404));
  if (terms !== null) addTermsRoutes(app, terms.desk, terms.access);
  addBatchRoutes(app, models);
  app.route("/", openInferenceRoutes(models));
  return app;
}
