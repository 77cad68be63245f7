import type { Logger } from "pino";
import type { Defence } from "../defences/defence.js";
import { limitsDefence } from "../defences/limits.js";
import type { MonitorDefence } from "../defences/monitor.js";
import { inOrder } from "../defences/order.js";
import { outputPolicy } from "../defences/output-policy.js";
import { proxyCustomer } from "../defences/proxy-customer.js";
import { termsDefence } from "../defences/terms.js";
import type { LimitCounts } from "../limits/counts.js";
import { type MarkedReader, markedModel, markedReader, VERSION } from "../marked-model.js";
import { type Marking, openMarking } from "../marking.js";
import type { ModelEntry } from "../serving/model-directory.js";
import { openLiveModel, type ScoreTaps } from "../serving/open-model.js";
import type { TermsDesk } from "../terms-desk.js";
import type { GatewayConfig, ModelConfig } from "./config.js";
import { type ModelSource, modelSource, scoresOf } from "./model-source.js";
import { markingOptions, openPlainLog } from "./open-parts.js";
import { openMonitor, openPerturbation } from "./open-watch.js";

/** A model with what belongs to it alone, open or ready to be opened. */
export interface PreparedModel {
  readonly model: ModelConfig;
  readonly source: ModelSource;
  readonly reader: MarkedReader;
  readonly marking: Marking | null;
  /** The query log; of a marked model that of its marking. */
  readonly log: Defence | null;
  /** Where defences read scores; null where none of them asks for any. */
  readonly scores: ScoreTaps | null;
  readonly monitor: MonitorDefence | null;
  readonly perturbation: Defence | null;
}

/** What stands before all models alike. */
export interface SharedDefences {
  readonly access: Defence | null;
  readonly terms: TermsDesk | null;
  readonly counts: LimitCounts | null;
}

/**
 * Open what belongs to a model: its marks and their log, its monitor, its perturbation.
 *
 * @throws GatewayError MODEL_UNSUITED; VaultError, CoreError, EvidenceError, DefenceError of what cannot be opened
 */
export async function prepareModel(
  model: ModelConfig,
  { vault, log }: Pick<GatewayConfig, "vault" | "log">,
  { clock, logger }: { readonly clock: () => Date; readonly logger: Logger },
): Promise<PreparedModel> {
  const { name, marking: marks, logged, monitor: watch, perturbation: change, batching } = model;
  const source = modelSource(model, vault, clock);
  const reader = markedReader(source.load, workersOf(batching));
  const monitor = watch === null ? null : await openMonitor(watch, logger);
  const marking = marks === null ? null : await openMarking({ ...markingOptions(marks, log), reader, clock });
  let queries: Defence | null = marking?.log ?? null;
  try {
    if (marking === null && logged !== null) queries = await openPlainLog(logged, log, clock);
    const asked = watch !== null || change !== null;
    const scores = marking?.scores ?? (asked ? scoresOf(name, await source.load()) : null);
    const perturbation = await openPerturbation(model, { scores });
    return { model, source, reader, marking, log: queries, scores, monitor, perturbation };
  } catch (error) {
    await marking?.close();
    if (marking === null) await queries?.close?.();
    throw error;
  }
}

/** A model as it is served: how it is opened, and what stands before it. */
export function modelEntry(
  prepared: PreparedModel,
  shared: SharedDefences,
  config: Pick<GatewayConfig, "limits">,
): ModelEntry {
  const { model, source, reader, marking, log, scores, monitor, perturbation } = prepared;
  const { name, outputs, batching } = model;
  const open =
    marking === null
      ? async () => {
          const options = {
            name,
            version: VERSION,
            scores,
            ...workersOf(batching),
            batching: batchingOf(batching),
          };
          return await openLiveModel({ ...options, model: await source.load() });
        }
      : markedModel(name, marking, reader);
  const access = accessOf(shared, marking);
  const defences = inOrder([
    access,
    // Where nobody is told apart, nobody could ever have accepted them.
    shared.terms === null || access === null ? null : termsDefence(shared.terms),
    shared.counts === null || config.limits === null
      ? null
      : limitsDefence({ rules: config.limits.rules, counts: shared.counts, policy: outputs }),
    monitor,
    marking?.marks ?? null,
    perturbation,
    outputPolicy(outputs),
    log,
  ]);
  const batch: ModelEntry["batch"] = marking === null ? null : (...sent) => marking.batch(...sent);
  return { name, defences, batch, open, stamp: source.stamp };
}

/** Without access control of its own, the proxy in front says which customer asks. */
export function accessOf(
  { access }: Pick<SharedDefences, "access">,
  marking: Marking | null,
): Defence | null {
  return access ?? (marking?.knows == null ? null : proxyCustomer(marking.knows));
}

function workersOf({ threads }: ModelConfig["batching"]): { readonly workers?: number } {
  return threads === null ? {} : { workers: threads };
}

function batchingOf({ maxRows, maxWaitMs }: ModelConfig["batching"]): {
  maxRows?: number;
  maxWaitMs?: number;
} {
  return { ...(maxRows === null ? {} : { maxRows }), ...(maxWaitMs === null ? {} : { maxWaitMs }) };
}
