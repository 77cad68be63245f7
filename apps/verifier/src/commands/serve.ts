import { fileURLToPath } from "node:url";
import { type Answers, type Listening, listen, type Place } from "@indicia/service/listen";
import { listenRefusal } from "@indicia/service/listen-refusal";
import { toldError } from "@indicia/service/told-error";
import type { Logger } from "pino";
import { createAdmissions } from "../access/admissions.js";
import { clientAddress } from "../access/client-address.js";
import { firstTicket } from "../access/first-admin.js";
import { startBackground } from "../background/start-background.js";
import type { Settings } from "../config/settings.js";
import { VerifierError } from "../error.js";
import { createApp } from "../http/app.js";
import { openServices } from "../open-services.js";
import { createLog } from "../ops/log.js";
import { createMetrics, type Metrics } from "../ops/metrics.js";
import { opsApp } from "../ops/ops-app.js";
import type { Services } from "../services.js";
import { pageFiles } from "../serving/page-files.js";

/** The page as it is built, beside the compiled modules. */
const PAGE = fileURLToPath(new URL("../web/", import.meta.url));
/** Time for a whole request: a model of some gigabytes at an office's 10 Mbit/s. What stands still ends sooner. */
const REQUEST_MS = 3_600_000;
/** Time for answers under way once the service ends. */
const GRACE_MS = 10_000;
const LIMITS = { requestMs: REQUEST_MS, graceMs: GRACE_MS } as const;

/** A service that runs. */
export interface Running {
  /** Where browsers find it; null for one that only works. */
  readonly address: string | null;
  /** A link that signs an admin in, once; null where one has a password. */
  readonly signIn: string | null;
  readonly services: Services;
  /** Answer what was asked, end the work so that it can be taken up again, and close everything. */
  readonly close: () => Promise<void>;
}

/** Open and start everything, in this order; what was started ends in the other one, also where the rest does not start. */
export async function serve(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Running> {
  const log = createLog(settings["log-level"]);
  const stops: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of stops.toReversed()) await stop();
  };
  try {
    const opened = await openServices(settings, { environment, log, clock: () => new Date() });
    stops.push(opened.close);
    const { services } = opened;
    const metrics = createMetrics();
    stops.push(await startBackground(services, settings, complainTo(log)));
    const listening = settings.role === "worker" ? null : await answer(services, { settings, metrics, log });
    if (listening !== null) stops.push(listening.close);
    const ops = await answerOps(services, settings, metrics);
    if (ops !== null) stops.push(ops.close);
    const address = listening === null ? null : (settings.address?.replace(/\/$/, "") ?? listening.address);
    const ticket = listening === null ? null : await firstTicket(services);
    log.info({ address, ops: ops?.address ?? null, role: settings.role }, "started");
    return { address, signIn: ticket === null ? null : `${address}/#ticket=${ticket}`, services, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function answer(
  services: Services,
  {
    settings,
    metrics,
    log,
  }: { readonly settings: Settings; readonly metrics: Metrics; readonly log: Logger },
): Promise<Listening> {
  const secure = settings.address?.startsWith("https:") ?? settings["tls-certificate"] !== undefined;
  const app = createApp(services, {
    admissions: createAdmissions(services),
    log,
    metrics,
    addressOf: clientAddress(settings.proxies),
    secure,
    requestsPerMinute: settings["requests-per-minute"],
    page: await pageFiles(PAGE),
  });
  const { host, port, "tls-certificate": certificate, "tls-key": key } = settings;
  const tls = certificate === undefined || key === undefined ? null : { certificate, key };
  return await listenAt(app, { host, port, tls, limits: LIMITS });
}

async function answerOps(
  { database }: Services,
  settings: Settings,
  metrics: Metrics,
): Promise<Listening | null> {
  const port = settings["ops-port"];
  if (port === undefined) return null;
  return await listenAt(opsApp(database, metrics), { host: settings["ops-host"], port, limits: LIMITS });
}

/** @throws VerifierError CONFIG_INVALID where that address or port cannot be had; what reading a certificate throws */
async function listenAt(app: Answers, place: Place): Promise<Listening> {
  try {
    return await listen(app, place);
  } catch (cause) {
    const refusal = listenRefusal(cause, place);
    if (refusal === null) throw cause;
    throw new VerifierError("CONFIG_INVALID", refusal.message, refusal.hint, { cause });
  }
}

function complainTo(log: Logger): (error: unknown, what: string) => void {
  return (error, what) => log.error({ what, error: toldError(error) }, "fault");
}
