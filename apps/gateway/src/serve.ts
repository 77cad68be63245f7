import { createApp } from "./app.js";
import type { OutputPolicy } from "./defences/output-policy.js";
import { type MarkingOptions, openMarking } from "./marking.js";
import { listen } from "@indicia/service/listen";
import { markedModel, markedReader, VERSION } from "./marked-model.js";
import { covered } from "./serving/covered.js";
import { type ModelDirectory, openModels } from "./serving/model-directory.js";
import { openLiveModel } from "./serving/open-model.js";
import { fileStamp } from "./serving/watch-models.js";
import { shortFormDefences } from "./short-form.js";
import { openTermsDesk, type TermsOptions } from "./terms-desk.js";

export interface ServeOptions {
  /** Path of an .onnx file. */
  readonly model: string;
  readonly name: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly host: string;
  readonly policy: OutputPolicy;
  /** How answers are marked; null for the model's own. */
  readonly marking?: Omit<MarkingOptions, "reader" | "clock"> | null;
  /** Terms that customers accept; only where customers are marked. */
  readonly terms?: TermsOptions | null;
}

export interface Serving extends Pick<ModelDirectory, "reload"> {
  /** For example http://127.0.0.1:8080. */
  readonly address: string;
  /** Stop taking requests, answer those under way, release the model. */
  close(): Promise<void>;
}

/** Serve a model until `close`. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { model, name, policy } = options;
  const clock = (): Date => new Date();
  const reader = markedReader(async () => model, {});
  const marking = options.marking == null ? null : await openMarking({ ...options.marking, reader, clock });
  const terms =
    options.terms == null || marking === null
      ? null
      : await openTermsDesk(options.terms, marking.parties, clock);
  const { access, defences } = shortFormDefences({ policy, marking, terms });
  const open =
    marking === null
      ? () => openLiveModel({ name, version: VERSION, model })
      : markedModel(name, marking, reader);
  const models = await openModels([
    {
      name,
      defences,
      batch: marking === null ? null : (...sent) => marking.batch(...sent),
      open: async () => covered(policy, await open()),
      stamp: () => fileStamp(model),
    },
  ]);
  const app = createApp({ models, terms: terms === null ? null : { desk: terms, access } });
  try {
    const listening = await listen(app, options);
    return {
      address: listening.address,
      reload: () => models.reload(),
      close: async () => {
        await listening.close();
        await models.close();
      },
    };
  } catch (error) {
    await models.close();
    throw error;
  }
}
