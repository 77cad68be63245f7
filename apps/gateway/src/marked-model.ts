import { featureReader, tapsOf } from "@indicia/core/marks/readout/features";
import type { Marking } from "./marking.js";
import { classifier, type LiveModel, type ModelReader } from "./serving/live-model.js";
import { type ModelInput, openBatcher, type ScoreTaps } from "./serving/open-model.js";

/** Version of every model: files are told apart by when they were loaded. */
export const VERSION = "1";

/** Opens a model where its marks are read. */
export type MarkedReader = (taps: ScoreTaps) => Promise<ModelReader>;

/**
 * A model whose answers are marked: every row is run alone, so that the same question has the same answer to the bit.
 *
 * @param load gives the model as it is by then
 */
export function markedReader(
  load: () => Promise<ModelInput>,
  { workers }: { readonly workers?: number },
): MarkedReader {
  return async (taps) => {
    const model = await load();
    const threads = workers === undefined ? {} : { workers };
    const session = await openBatcher(model, tapsOf(taps), { ...threads, batching: { fixedRows: 1 } });
    return { ...featureReader(session, taps), ready: () => session.ready() };
  };
}

/**
 * The model that marking planned with, and at every further call the file as it is by then.
 *
 * @param features whether it shows them
 */
export function markedModel(
  name: string,
  { reader: first, scores }: Pick<Marking, "reader" | "scores">,
  reader: MarkedReader,
  features: boolean = true,
): () => Promise<LiveModel> {
  let planned: ModelReader | null = first;
  return async () => {
    const opened = planned ?? (await reader(scores));
    planned = null;
    return classifier({ name, version: VERSION, scores, reader: opened, features });
  };
}
