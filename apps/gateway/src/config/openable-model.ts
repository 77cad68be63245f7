import type { FeatureReader } from "@indicia/core/marks/readout/features";
import { type MarkedReader, markedModel, markedReader, VERSION } from "../marked-model.js";
import type { Marking } from "../marking.js";
import type { Scores } from "../defences/defence.js";
import type { LiveModel } from "../serving/live-model.js";
import { openLiveModel } from "../serving/open-model.js";
import { openRemoteModel, openRemoteReader, type RemoteModelOptions } from "../serving/remote-model.js";
import type { ModelConfig, UpstreamConfig } from "./config.js";
import { type ModelSource, modelSource, type OpeningOptions, scoresOf } from "./model-source.js";

/** A model that can be opened, now and again. */
export interface OpenableModel {
  readonly open: () => Promise<LiveModel>;
  /** Changes whenever what `open` opens changes. */
  readonly stamp: () => Promise<string>;
  /** What defences work on; null where none of them asks for any. */
  readonly scores: Scores | null;
}

/** Where a model comes from, and how marking reads it. */
export type Origin = { readonly reader: MarkedReader } & (
  | { readonly kind: "stored"; readonly source: ModelSource }
  | { readonly kind: "upstream"; readonly upstream: UpstreamConfig }
);

/** The origin of a model, as it is configured. */
export function originOf(
  { source, batching }: Pick<ModelConfig, "source" | "batching">,
  opening: OpeningOptions,
): Origin {
  if (source.kind === "upstream") {
    const reader = ({ output, classes, tail }: Scores): Promise<FeatureReader> =>
      openRemoteReader({ ...remoteOptions(source), scores: { output, classes, tail } });
    return { kind: "upstream", upstream: source, reader };
  }
  const stored = modelSource(source, opening);
  return { kind: "stored", source: stored, reader: markedReader(stored.load, workersOf(batching)) };
}

/**
 * How a model is opened.
 *
 * @param marking what marks its answers, or null
 * @throws GatewayError MODEL_UNSUITED where a defence needs scores and there are none
 */
export async function openableModel(
  { name, batching, monitor, perturbation }: ModelConfig,
  origin: Origin,
  marking: Marking | null,
): Promise<OpenableModel> {
  if (origin.kind === "upstream") {
    const { upstream, reader } = origin;
    const options = { ...remoteOptions(upstream), name, version: VERSION, batching: batchingOf(batching) };
    const { scores } = upstream;
    const open =
      marking === null ? () => openRemoteModel(options) : markedModel(name, marking, reader, false);
    return { open, stamp: async () => upstream.url, scores: marking?.scores ?? scores };
  }
  const { source, reader } = origin;
  const { stamp } = source;
  if (marking !== null) return { open: markedModel(name, marking, reader), stamp, scores: marking.scores };
  const asked = monitor !== null || perturbation !== null;
  const scores = asked ? scoresOf(name, await source.load()) : null;
  const options = { name, version: VERSION, scores, ...workersOf(batching), batching: batchingOf(batching) };
  return { open: async () => openLiveModel({ ...options, model: await source.load() }), stamp, scores };
}

function remoteOptions({ url, ...upstream }: UpstreamConfig): Omit<RemoteModelOptions, "name" | "version"> {
  return { ...upstream, url: new URL(url) };
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
