import { Hono } from "hono";
import { type KeyContext, revokeKey } from "../access/key-file.js";
import type { KeyDesk } from "../access/key-desk.js";
import { Refusal } from "../defences/refusal.js";
import { GatewayError } from "../error.js";
import type { Forgive } from "../monitor/forgive.js";
import type { Observed } from "../ops/observations.js";
import { accountView, holderOf, knownAccounts, MOST_LISTED } from "./accounts.js";
import { type BudgetOptions, budgetsOf } from "./budgets.js";
import { alertViews, limitHitViews, suspicionView } from "./event-views.js";
import type { Guard } from "./guard.js";
import type { LogDesk } from "./log-desk.js";
import type { AccountsView, BudgetView } from "./views.js";

/** What administrators did, for the gateway's own log. */
export interface AdminEvent {
  readonly event: "login" | "login-refused" | "logout" | "key-revoked" | "account-forgiven" | "log-check";
  /** Id of the key that opened the session, or null. */
  readonly by: string | null;
  /** Key, account (and model) or log that it was about, or null. */
  readonly subject: string | null;
  /** From where a refused key came, where that is known. */
  readonly address?: string;
}

export interface ApiOptions {
  readonly keys: { readonly file: string; readonly desk: Pick<KeyDesk, "find" | "all" | "look" | "trouble"> };
  readonly observed: Observed;
  readonly forgive: Forgive;
  /** null where no limits are configured. */
  readonly budgets: Omit<BudgetOptions, "models"> | null;
  /** Names of the models that are served now. */
  readonly models: () => readonly string[];
  readonly logs: LogDesk;
  readonly context: KeyContext;
  readonly tell: (event: AdminEvent) => void;
}

/** What the admin page shows and does, as JSON. Every route asks for a session. */
export function apiRoutes(guard: Guard, options: ApiOptions): Hono {
  const { observed, forgive, logs, context, tell } = options;
  const app = new Hono();
  app.use(async (c, next) => {
    await guard.require(c);
    await next();
  });
  app.get("/accounts", async (c) => c.json(await listAccounts(options, c.req.query("search") ?? "")));
  app.get("/suspicion", (c) =>
    c.json(suspicionView(observed, c.req.query("account") ?? "", context.clock())),
  );
  app.get("/alerts", (c) => c.json({ alerts: alertViews(observed) }));
  app.get("/limits", (c) => c.json({ hits: limitHitViews(observed) }));
  app.get("/logs", (c) => c.json({ logs: logs.views() }));
  app.post("/logs/:name/check", async (c) => {
    const { key } = await guard.require(c);
    const name = c.req.param("name");
    if (!logs.begin(name)) throw new Refusal(404, "LOG_UNKNOWN", "there is no query log of that name");
    tell({ event: "log-check", by: key.id, subject: name });
    return c.json({ logs: logs.views() }, 202);
  });
  app.post("/accounts/:account/forgive/:model", async (c) => {
    const { key } = await guard.require(c);
    const { account, model } = c.req.param();
    if (!forgive(model, account))
      throw new Refusal(404, "ACCOUNT_UNKNOWN", "the monitor of that model has not seen this account");
    tell({ event: "account-forgiven", by: key.id, subject: `${account}, ${model}` });
    return c.json({ account, model });
  });
  app.post("/keys/:id/revoke", async (c) => {
    const { key } = await guard.require(c);
    const id = c.req.param("id");
    // Whoever does so by mistake would have to leave the page to mend it.
    if (id === key.id)
      throw new Refusal(
        409,
        "OWN_KEY",
        "this is the key that opened this session; revoke it on the command line",
      );
    await revoke(options, id);
    tell({ event: "key-revoked", by: key.id, subject: id });
    return c.json({ id });
  });
  return app;
}

async function listAccounts(
  { keys, observed, budgets, models, context }: ApiOptions,
  search: string,
): Promise<AccountsView> {
  const now = context.clock();
  const known = knownAccounts(keys.desk.all(), observed, search);
  const listed = known.slice(0, MOST_LISTED);
  let left: ReadonlyMap<string, readonly BudgetView[]> = new Map();
  let budgetsError: string | null = null;
  try {
    if (budgets !== null) left = await budgetsOf(listed.map(holderOf), { ...budgets, models: models() }, now);
  } catch (error) {
    // The page is needed most when something is out of order.
    if (!(error instanceof GatewayError)) throw error;
    budgetsError = error.message;
  }
  return {
    accounts: listed.map((each) => accountView(each, left.get(each.name) ?? [], now)),
    total: known.length,
    since: new Date(observed.since).toISOString(),
    budgetsError,
    keysError: keys.desk.trouble()?.message ?? null,
  };
}

/** From when this resolves, the key opens nothing at this instance; at others within a second. */
async function revoke({ keys, context }: ApiOptions, id: string): Promise<void> {
  try {
    await revokeKey(keys.file, id, context);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "KEY_UNKNOWN")
      throw new Refusal(404, "KEY_UNKNOWN", "there is no such key", { cause: error });
    if (code === "KEY_ENDED")
      throw new Refusal(409, "KEY_ENDED", "this key was revoked before", { cause: error });
    if (code === "CHAIN_LOCKED")
      throw new Refusal(503, "KEYS_LOCKED", "the file of keys is being changed", {
        retryAfter: 1,
        cause: error,
      });
    if (error instanceof GatewayError)
      throw new Refusal(409, error.code, `${error.message}. ${error.hint}`, { cause: error });
    throw error;
  }
  await keys.desk.look();
}
