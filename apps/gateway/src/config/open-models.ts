import type { Defence } from "../defences/defence.js";
import { limitsDefence } from "../defences/limits.js";
import { inOrder } from "../defences/order.js";
import { outputPolicy } from "../defences/output-policy.js";
import { proxyCustomer } from "../defences/proxy-customer.js";
import { termsDefence } from "../defences/terms.js";
import type { LimitCounts } from "../limits/counts.js";
import { markedModel, markedReader, VERSION } from "../marked-model.js";
import { type Marking, openMarking } from "../marking.js";
import type { ModelEntry } from "../serving/model-directory.js";
import { openLiveModel } from "../serving/open-model.js";
import { fileStamp } from "../serving/watch-models.js";
import type { TermsDesk } from "../terms-desk.js";
import type { GatewayConfig, ModelConfig } from "./config.js";
import { markingOptions } from "./open-parts.js";

/** A model with what marks its answers, or null where nothing does. */
export interface OpenedMarking {
  readonly model: ModelConfig;
  readonly marking: Marking | null;
}

/** What stands before models, beside what belongs to each. */
export interface SharedDefences {
  readonly access: Defence | null;
  readonly terms: TermsDesk | null;
  readonly counts: LimitCounts | null;
}

/** Open the marking of every model; where one fails, those before it are closed. */
export async function openMarkings(
  { models }: Pick<GatewayConfig, "models">,
  clock: () => Date,
): Promise<readonly OpenedMarking[]> {
  const opened: OpenedMarking[] = [];
  try {
    for (const model of models) opened.push({ model, marking: await openOne(model, clock) });
    return opened;
  } catch (error) {
    for (const { marking } of opened) await marking?.close();
    throw error;
  }
}

async function openOne({ file, marking, batching }: ModelConfig, clock: () => Date): Promise<Marking | null> {
  if (marking === null) return null;
  return await openMarking({
    ...markingOptions(marking),
    reader: markedReader(file, workersOf(batching)),
    clock,
  });
}

/** A model as it is served: how it is opened, and what stands before it. */
export function modelEntry(
  { model, marking }: OpenedMarking,
  shared: SharedDefences,
  config: Pick<GatewayConfig, "limits">,
): ModelEntry {
  const { name, file, outputs, batching } = model;
  const open =
    marking === null
      ? () =>
          openLiveModel({
            name,
            version: VERSION,
            model: file,
            ...workersOf(batching),
            batching: batchingOf(batching),
          })
      : markedModel(name, marking, markedReader(file, workersOf(batching)));
  const access = accessOf(shared, marking);
  const defences = inOrder([
    access,
    // Where nobody is told apart, nobody could ever have accepted them.
    shared.terms === null || access === null ? null : termsDefence(shared.terms),
    shared.counts === null || config.limits === null
      ? null
      : limitsDefence({ rules: config.limits.rules, counts: shared.counts, policy: outputs }),
    marking?.marks ?? null,
    outputPolicy(outputs),
    marking?.log ?? null,
  ]);
  return { name, defences, batch: marking?.batch ?? null, open, stamp: () => fileStamp(file) };
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
