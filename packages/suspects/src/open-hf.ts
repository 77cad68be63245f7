import type { GuardedFetch } from "./guarded-fetch.js";
import { type HfTask, hfProtocol } from "./hf.js";
import type { OpenedProtocol, ProtocolOptions } from "./opener.js";
import { type Presentation, readPresentation } from "./presentation-settings.js";
import { readClassNames } from "./readings.js";
import {
  badSetting,
  choiceSetting,
  countSetting,
  readSettings,
  type Settings,
  textSetting,
  textsSetting,
} from "./settings.js";

const SETTINGS = ["task", "topK", "functionToApply", "columns", "classes", "input", "maxRows"];
const TASKS = ["text-classification", "image-classification", "tabular-classification"] as const;
const MOST_ROWS = 4096;
const MOST_K = 1_000_000;

/** The task that fits what the rows are shown as. */
const TASK_OF: Readonly<Record<Presentation["as"], HfTask>> = {
  text: "text-classification",
  image: "image-classification",
  numbers: "tabular-classification",
};

/**
 * Open a model of Hugging Face's inference: an address with /models/OWNER/NAME, classic or routed through a provider, one
 * to which --model is appended so, or that of a dedicated endpoint as it is. Nothing is asked.
 *
 * @throws SuspectError SUSPECT_CONFIG
 */
export async function hfEndpoint(_: GuardedFetch, options: ProtocolOptions): Promise<OpenedProtocol> {
  const settings = readSettings(options, SETTINGS);
  const presentation = readPresentation(settings["input"]);
  const task = choiceSetting(settings, "task", { choices: TASKS, otherwise: TASK_OF[presentation.as] });
  if (task !== TASK_OF[presentation.as]) {
    throw badSetting(`"input.as" is ${JSON.stringify(presentation.as)}, which does not fit the task ${task}`);
  }
  return {
    protocol: hfProtocol({
      url: modelUrl(options),
      model: options.model,
      task,
      parameters: parametersOf(settings),
      columns: textsSetting(settings, "columns"),
      presentation,
      classes: readClassNames(settings["classes"]),
      // The task's schema takes one text; servers that take lists are asked for several where the user says so.
      maxRows: countSetting(settings, "maxRows", { least: 1, most: MOST_ROWS }) ?? 1,
    }),
    headers: {},
  };
}

function modelUrl({ url, model }: ProtocolOptions): URL {
  if (model === null) return url;
  const address = new URL(url);
  const path = url.pathname.replace(/\/+$/, "").replace(/\/models(\/.*)?$/, "");
  address.pathname = `${path}/models/${model.split("/").map(encodeURIComponent).join("/")}`;
  return address;
}

function parametersOf(settings: Settings): Readonly<Record<string, unknown>> | null {
  const topK = countSetting(settings, "topK", { least: 1, most: MOST_K });
  const named = textSetting(settings, "functionToApply");
  const parameters = {
    ...(topK === null ? {} : { top_k: topK }),
    ...(named === null
      ? {}
      : {
          function_to_apply: choiceSetting(settings, "functionToApply", {
            choices: ["sigmoid", "softmax", "none"],
            otherwise: "none",
          }),
        }),
  };
  return Object.keys(parameters).length === 0 ? null : parameters;
}
