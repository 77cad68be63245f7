import type { ValueInfo } from "@indicia/onnx/tensor";
import { refused } from "./ask-endpoint.js";
import { type AskPage, pageAsker } from "./ask-page.js";
import { requireOutput } from "./choose-output.js";
import { SuspectError } from "./error.js";
import { errorWords } from "./error-words.js";
import type { GuardedFetch } from "./guarded-fetch.js";
import type { OpenedProtocol, ProtocolOptions } from "./opener.js";
import { parseAnswer } from "./parse-json.js";
import { readPresentation } from "./presentation-settings.js";
import { readClassNames } from "./readings.js";
import type { Lone } from "./row-reading.js";
import {
  badSetting,
  choiceSetting,
  countSetting,
  readSettings,
  type Settings,
  textSetting,
} from "./settings.js";
import { chosenServable, readTfAddress, servablePage } from "./tf-serving-address.js";
import { readSignature, type Signature } from "./tf-serving-metadata.js";
import { tfServingProtocol } from "./tf-serving.js";

const SETTINGS = [
  "format",
  "signature",
  "version",
  "versionLabel",
  "output",
  "lone",
  "classes",
  "input",
  "maxRows",
];
/** Rows per request where nobody says. */
const MAX_ROWS = 16;
const MOST_ROWS = 4096;

/**
 * Open a model of TensorFlow Serving. It is asked for its metadata first; a server that keeps them back is asked all the
 * same.
 *
 * @throws SuspectError SUSPECT_CONFIG, SUSPECT_MODEL_UNKNOWN, SUSPECT_REFUSED, SUSPECT_OUTPUT_UNKNOWN, and those of asking
 */
export async function tfServingEndpoint(
  fetch: GuardedFetch,
  options: ProtocolOptions,
): Promise<OpenedProtocol> {
  const settings = readSettings(options, SETTINGS);
  const address = readTfAddress(options.url);
  const servable = chosenServable(address, options.model, versionOf(settings));
  const signature = textSetting(settings, "signature");
  const metadata = servablePage(address, servable, "/metadata");
  const declared = await declaredSignature(pageAsker(fetch, options), metadata, signature);
  const outputs = declared?.outputs ?? [];
  const output = requireOutput(outputs, options.output ?? textSetting(settings, "output"));
  return {
    protocol: tfServingProtocol({
      predict: servablePage(address, servable, ":predict"),
      model: servable.model,
      format: choiceSetting(settings, "format", { choices: ["instances", "inputs"], otherwise: "instances" }),
      signature,
      inputs: declared?.inputs ?? [],
      presentation: readPresentation(settings["input"]),
      output: outputs.length > 1 || declared === null ? output : null,
      lone: choiceSetting(settings, "lone", {
        choices: ["label", "score"],
        otherwise: loneOf(outputs, output),
      }),
      classes: readClassNames(settings["classes"]),
      maxRows: countSetting(settings, "maxRows", { least: 1, most: MOST_ROWS }) ?? MAX_ROWS,
    }),
    headers: {},
  };
}

function versionOf(settings: Settings): string | null {
  const version = countSetting(settings, "version", { least: 0, most: Number.MAX_SAFE_INTEGER });
  const label = textSetting(settings, "versionLabel");
  if (version !== null && label !== null)
    throw badSetting('"version" and "versionLabel" exclude one another');
  if (version !== null) return `/versions/${version}`;
  return label === null ? null : `/labels/${encodeURIComponent(label)}`;
}

async function declaredSignature(
  ask: AskPage,
  page: URL,
  signature: string | null,
): Promise<Signature | null> {
  const answer = await ask("GET", page);
  if (answer.status === 401 || answer.status === 403) throw refused(answer.status);
  if (answer.status === 200) {
    try {
      return readSignature(parseAnswer(answer.body), signature);
    } catch (error) {
      if (error instanceof SuspectError && error.code === "SUSPECT_PROTOCOL") return null;
      throw error;
    }
  }
  const words = errorWords(answer.body);
  if (answer.status !== 404 || !/servable not found/i.test(words)) return null;
  throw new SuspectError(
    "SUSPECT_MODEL_UNKNOWN",
    `the server does not know this model (status 404${words})`,
    "Name it with --model as the server spells it, or check its version.",
  );
}

/** A declared float is a score, however whole it may be. */
function loneOf(outputs: readonly ValueInfo[], output: string | null): Lone {
  const type = outputs.find(({ name }) => name === output)?.type ?? null;
  return type !== null && /^(b?float)/.test(type) ? "score" : "label";
}
