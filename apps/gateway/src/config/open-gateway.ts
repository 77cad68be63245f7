import type { Hono } from "hono";
import type { Logger } from "pino";
import { type KeyDesk, openKeyDesk } from "../access/key-desk.js";
import { isLive } from "../access/key-records.js";
import { parseNetworks } from "../access/networks.js";
import { createApp } from "../app.js";
import { createLog } from "../ops/log.js";
import { plainError, toldError } from "@indicia/service/told-error";
import { createMetrics, FLAGGED_ACCOUNTS, type Metrics } from "../ops/metrics.js";
import { createObservations } from "../ops/observations.js";
import { type Health, opsApp } from "../ops/ops-app.js";
import { openTraces } from "../ops/traces.js";
import { watchRequests } from "../ops/watch.js";
import { listen } from "@indicia/service/listen";
import { type ModelDirectory, openModels, type Reloaded } from "../serving/model-directory.js";
import { watchModels } from "../serving/watch-models.js";
import { openTermsDesk, type TermsDesk } from "../terms-desk.js";
import type { GatewayConfig } from "./config.js";
import { openAdmin } from "./open-admin.js";
import { accessOf, modelEntry, type PreparedModel, prepareModel } from "./open-models.js";
import { openDownloads } from "./open-downloads.js";
import { openAccess, openCounts } from "./open-parts.js";
import { configWarnings, downloadWarnings, keyWarnings } from "./warnings.js";

/** How often models are looked after whose files may have changed. */
const WATCH_MS = 5000;

/** A gateway that answers. */
export interface Gateway {
  /** For example http://127.0.0.1:8080. */
  readonly address: string;
  /** Where figures and health are shown, or null. */
  readonly ops: string | null;
  /** Load models again whose files changed. */
  readonly reload: () => Promise<readonly Reloaded[]>;
  /** Take no more requests, answer those under way, and close everything. */
  readonly close: () => Promise<void>;
}

/**
 * Open everything that is configured, and serve it until `close`. Where anything cannot be opened, nothing is served.
 *
 * @param options.log in place of stderr, and `watchMs` between looks at the models' files, for tests
 */
export async function openGateway(
  config: GatewayConfig,
  options: { readonly clock: () => Date; readonly log?: Logger; readonly watchMs?: number },
): Promise<Gateway> {
  const { clock, log = createLog(config.ops.logs.level), watchMs = WATCH_MS } = options;
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const each of closing.splice(0).reverse()) await each();
  };
  try {
    const { models, app, metrics, admin, desk } = await openServed(config, { clock, log, closing });
    const health = (): Health => ({
      ready: closing.length > 0 && models.list().every(({ model }) => model.ready?.() !== false),
      models: models.list().map(({ model }) => model.name),
      keys: desk === null ? null : keysHealth(desk),
    });
    const serving = await listen(app, config.listen);
    closing.push(() => serving.close());
    const unwatch = watchModels(models, {
      everyMs: watchMs,
      told: (reloaded) => tellReloaded(log, reloaded),
    });
    closing.push(async () => unwatch());
    const ops =
      config.ops.metrics === null
        ? null
        : await listen(opsApp({ metrics, health, admin }), config.ops.metrics);
    if (ops !== null) closing.push(() => ops.close());
    log.info({ address: serving.address, ops: ops?.address ?? null, ...health() }, "serving");
    return { address: serving.address, ops: ops?.address ?? null, reload: () => models.reload(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whoever put a model there has to hear if it is not served. */
function tellReloaded(log: Logger, { name, outcome, error }: Reloaded): void {
  if (outcome === "failed")
    log.error({ model: name, error: toldError(error) }, "the model of before is still served");
  else log.info({ model: name }, "another model is served");
}

/** Keys of before are in force where the file is refused, so that this is no reason to answer nobody. */
function keysHealth(desk: Pick<KeyDesk, "trouble">): NonNullable<Health["keys"]> {
  const trouble = desk.trouble();
  return {
    ok: trouble === null,
    code: trouble?.code ?? null,
    since: trouble?.since.toISOString() ?? null,
  };
}

interface Opening {
  readonly clock: () => Date;
  readonly log: Logger;
  /** What is to be closed, in the order of opening. */
  readonly closing: (() => Promise<void>)[];
}

async function openServed(
  config: GatewayConfig,
  { clock, log, closing }: Opening,
): Promise<{
  models: ModelDirectory;
  app: Hono;
  metrics: Metrics;
  admin: Hono | null;
  desk: KeyDesk | null;
}> {
  const metrics = createMetrics();
  const traces = await openTraces(config.ops.traces);
  closing.push(() => traces.close());
  const counts = config.limits === null ? null : await openCounts(config.limits);
  if (counts !== null) closing.push(() => counts.close());
  const file = config.access?.keys ?? null;
  const onError = (error: unknown): void =>
    log.error(
      { file, error: plainError(error) },
      "the file of keys is refused; the keys of before are in force",
    );
  const desk = file === null ? null : await openKeyDesk({ file, onError });
  if (desk !== null) metrics.watchKeys(() => desk.trouble() !== null);
  const access = config.access === null ? null : await openAccess(config.access, desk);
  const observations = config.ops.admin === null ? null : createObservations(clock);
  let taken = false;
  const early: (() => Promise<void> | undefined)[] = [() => access?.close?.()];
  closing.push(async () => {
    if (!taken) for (const each of early.reverse()) await each();
  });
  const opened: PreparedModel[] = [];
  for (const model of config.models) {
    const prepared = await prepareModel(model, config, { clock, logger: log, observations });
    opened.push(prepared);
    early.push(
      () => prepared.marking?.close(),
      () => prepared.monitor?.close?.(),
      () => prepared.perturbation?.close?.(),
    );
  }
  metrics.watch(FLAGGED_ACCOUNTS, () => flagged(opened));
  const terms = await openTerms(config, opened, clock);
  early.push(() => terms?.close());
  const entries = opened.map((each) => modelEntry(each, { access, terms, counts, observations }, config));
  // From here on the directory closes models and whatever stands before them.
  const models = await openModels(entries);
  taken = true;
  closing.push(() => models.close());
  const downloads = openDownloads(config, { clock, log });
  closing.push(async () => await downloads?.close());
  const [customers = null] = opened.flatMap(({ marking }) => (marking?.knows == null ? [] : marking));
  const app = createApp({
    models,
    terms: terms === null ? null : { desk: terms, access: accessOf({ access }, customers) },
    access,
    downloads,
    trusted: parseNetworks(config.listen.trustedProxies),
    watch: watchRequests({
      metrics,
      log,
      traces,
      serves: (name) => models.find(name) !== null,
      observations,
    }),
  });
  const marked = opened.map(({ model, marking }) => ({ name: model.name, knows: marking?.knows ?? null }));
  const live = (desk?.all() ?? []).filter((record) => isLive(record, clock()));
  const warnings = [
    ...configWarnings(config),
    ...keyWarnings(live, marked),
    ...downloadWarnings(live, config),
  ];
  for (const { part, told, hint } of warnings) log.warn({ part, hint }, told);
  const monitors = new Map(
    opened.flatMap(({ model, monitor }) =>
      monitor === null ? [] : [[model.name, monitor.monitor] as const],
    ),
  );
  const admin = openAdmin(config, { desk, observations, monitors, counts, clock, log });
  return { models, app, metrics, admin, desk };
}

/** How many accounts are flagged now, by model. */
function flagged(opened: readonly PreparedModel[]): Record<string, number> {
  return Object.fromEntries(
    opened.flatMap(({ model, monitor }) =>
      monitor === null
        ? []
        : [[model.name, monitor.monitor.standings().filter(({ flag }) => flag !== null).length]],
    ),
  );
}

/** Terms are between the owner and the customers of the models that are marked; the configuration says that there are some. */
async function openTerms(
  { terms }: Pick<GatewayConfig, "terms">,
  opened: readonly PreparedModel[],
  clock: () => Date,
): Promise<TermsDesk | null> {
  const marking = opened.map((each) => each.marking).find((each) => each?.knows != null);
  return terms === null || marking == null ? null : await openTermsDesk(terms, marking.parties, clock);
}
