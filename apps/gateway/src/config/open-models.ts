import type { Logger } from "pino";
import type { Defence } from "../defences/defence.js";
import { limitsDefence } from "../defences/limits.js";
import type { MonitorDefence } from "../defences/monitor.js";
import { inOrder } from "../defences/order.js";
import { outputPolicy } from "../defences/output-policy.js";
import { proxyCustomer } from "../defences/proxy-customer.js";
import { termsDefence } from "../defences/terms.js";
import type { LimitCounts } from "../limits/counts.js";
import { type Marking, openMarking } from "../marking.js";
import type { Observations } from "../ops/observations.js";
import { covered } from "../serving/covered.js";
import type { ModelEntry } from "../serving/model-directory.js";
import type { TermsDesk } from "../terms-desk.js";
import type { GatewayConfig, ModelConfig } from "./config.js";
import { type OpenableModel, openableModel, originOf } from "./openable-model.js";
import { markingOptions, openPlainLog } from "./open-parts.js";
import { openMonitor, openPerturbation } from "./open-watch.js";

/** A model with what belongs to it alone, open or ready to be opened. */
export interface PreparedModel extends OpenableModel {
  readonly model: ModelConfig;
  readonly marking: Marking | null;
  /** The query log; of a marked model that of its marking. */
  readonly log: Defence | null;
  readonly monitor: MonitorDefence | null;
  readonly perturbation: Defence | null;
}

/** What stands before all models alike. */
export interface SharedDefences {
  readonly access: Defence | null;
  readonly terms: TermsDesk | null;
  readonly counts: LimitCounts | null;
  readonly observations: Observations | null;
}

/**
 * Open what belongs to a model: its marks and their log, its monitor, its perturbation.
 *
 * @throws GatewayError MODEL_UNSUITED; VaultError, CoreError, EvidenceError, DefenceError of what cannot be opened
 */
export async function prepareModel(
  model: ModelConfig,
  { vault, log }: Pick<GatewayConfig, "vault" | "log">,
  {
    clock,
    logger,
    observations = null,
    purpose = "opened",
  }: {
    readonly clock: () => Date;
    readonly logger: Logger;
    /** Told what the monitor learns. */
    readonly observations?: Observations | null;
    /** What the log of a vault says of it. */
    readonly purpose?: "opened" | "checked";
  },
): Promise<PreparedModel> {
  const origin = originOf(model, { vault, clock, purpose });
  const monitor = model.monitor === null ? null : await openMonitor(model.monitor, logger, observations);
  let marking: Marking | null = null;
  let queries: Defence | null = null;
  let perturbation: Defence | null = null;
  try {
    if (model.marking !== null)
      marking = await openMarking({
        ...markingOptions({ ...model, marking: model.marking }, log),
        reader: origin.reader,
        clock,
      });
    queries = marking?.log ?? null;
    if (marking === null && model.logged !== null) queries = await openPlainLog(model.logged, log, clock);
    const { open, ...openable } = await openableModel(model, origin, marking);
    perturbation = await openPerturbation(model, openable);
    return {
      ...openable,
      open: async () => covered(model.outputs, await open()),
      model,
      marking,
      log: queries,
      monitor,
      perturbation,
    };
  } catch (error) {
    await marking?.close();
    if (marking === null) await queries?.close?.();
    await monitor?.close?.();
    await perturbation?.close?.();
    throw error;
  }
}

/** A model as it is served: how it is opened, and what stands before it. */
export function modelEntry(
  prepared: PreparedModel,
  shared: SharedDefences,
  config: Pick<GatewayConfig, "limits">,
): ModelEntry {
  const { model, open, stamp, marking, log, monitor, perturbation } = prepared;
  const { name, outputs } = model;
  const access = accessOf(shared, marking);
  const { counts, observations } = shared;
  const defences = inOrder([
    access,
    // Where nobody is told apart, nobody could ever have accepted them.
    shared.terms === null || access === null ? null : termsDefence(shared.terms),
    counts === null || config.limits === null
      ? null
      : limitsDefence({ rules: config.limits.rules, counts, policy: outputs, observations }),
    monitor,
    marking?.marks ?? null,
    perturbation,
    outputPolicy(outputs),
    log,
  ]);
  const batch: ModelEntry["batch"] = marking === null ? null : (...sent) => marking.batch(...sent);
  return { name, defences, batch, open, stamp };
}

/** Without access control of its own, the proxy in front says which customer asks. */
export function accessOf(
  { access }: Pick<SharedDefences, "access">,
  marking: Marking | null,
): Defence | null {
  return access ?? (marking?.knows == null ? null : proxyCustomer(marking.knows));
}
