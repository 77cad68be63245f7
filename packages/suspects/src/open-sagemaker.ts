import { SuspectError } from "./error.js";
import type { GuardedFetch } from "./guarded-fetch.js";
import { readJsonAnswer } from "./json-config.js";
import { hasPlaceholder } from "./json-template.js";
import type { OpenedProtocol, ProtocolOptions, Sign } from "./opener.js";
import { type Presentation, readPresentation } from "./presentation-settings.js";
import { readClassNames } from "./readings.js";
import { sageMakerProtocol } from "./sagemaker.js";
import {
  badSetting,
  choiceSetting,
  countSetting,
  flagSetting,
  knownMembers,
  readSettings,
  type Settings,
  textSetting,
} from "./settings.js";
import { awsSigner } from "./sign-aws.js";

const SIGNED = ["region", "service", "sign", "credentials"];
const SETTINGS = [...SIGNED, "contentType", "request", "answer", "lone", "classes", "input", "maxRows"];
const CONTENT = ["application/json", "text/csv", "application/x-image", "text/plain"] as const;
/** Rows per request where nobody says. */
const MAX_ROWS = 16;
const MOST_ROWS = 4096;

const CONTENT_OF: Readonly<Record<Presentation["as"], (typeof CONTENT)[number]>> = {
  numbers: "application/json",
  text: "text/plain",
  image: "application/x-image",
};

/**
 * Open a SageMaker endpoint, or with `"sign": false` a container that takes invocations. Nothing is asked.
 *
 * @throws SuspectError SUSPECT_CONFIG, SUSPECT_MODEL_UNKNOWN, SUSPECT_REFUSED where credentials are missing
 */
export async function sageMakerEndpoint(_: GuardedFetch, options: ProtocolOptions): Promise<OpenedProtocol> {
  const settings = readSettings(options, SETTINGS);
  const presentation = readPresentation(settings["input"]);
  const request = settings["request"] ?? null;
  if (request !== null && !hasPlaceholder(request)) {
    throw badSetting('"request" has no placeholder such as {"$rows": "INPUT"}');
  }
  const protocol = sageMakerProtocol({
    url: invocationsUrl(options),
    model: options.model,
    content: choiceSetting(settings, "contentType", {
      choices: CONTENT,
      otherwise: CONTENT_OF[presentation.as],
    }),
    request,
    presentation,
    lone: choiceSetting(settings, "lone", { choices: ["label", "score"], otherwise: "label" }),
    answer: settings["answer"] === undefined ? null : readJsonAnswer(settings["answer"]),
    classes: readClassNames(settings["classes"]),
    maxRows: countSetting(settings, "maxRows", { least: 1, most: MOST_ROWS }) ?? MAX_ROWS,
  });
  return flagSetting(settings, "sign", true)
    ? { protocol, headers: {}, sign: signerOf(options, settings) }
    : { protocol, headers: {} };
}

function invocationsUrl({ url, model }: ProtocolOptions): URL {
  const path = url.pathname.replace(/\/+$/, "");
  if (path.endsWith("/invocations") && model === null) return url;
  const named = /\/endpoints\/([^/]+)/.exec(path)?.[1];
  const name = model === null ? named : encodeURIComponent(model);
  if (name === undefined) {
    throw new SuspectError(
      "SUSPECT_MODEL_UNKNOWN",
      "neither the address nor --model names an endpoint",
      "Give an address that ends in /endpoints/NAME/invocations, or name it with --model.",
    );
  }
  const address = new URL(url);
  address.pathname = `${path.replace(/\/endpoints\/.*$/, "")}/endpoints/${name}/invocations`;
  return address;
}

/** Credentials come from secrets by their names; the configuration holds none itself. */
function signerOf(
  { url, secrets = fromEnvironment, now = () => new Date() }: ProtocolOptions,
  settings: Settings,
): Sign {
  const names = knownMembers(
    settings["credentials"] ?? {},
    ["accessKeyId", "secretAccessKey", "sessionToken"],
    "credentials.",
  );
  const accessKeyId = secrets(textSetting(names, "accessKeyId") ?? "AWS_ACCESS_KEY_ID");
  const secretAccessKey = secrets(textSetting(names, "secretAccessKey") ?? "AWS_SECRET_ACCESS_KEY");
  const sessionToken = secrets(textSetting(names, "sessionToken") ?? "AWS_SESSION_TOKEN");
  if (!accessKeyId || !secretAccessKey) {
    throw new SuspectError(
      "SUSPECT_REFUSED",
      "there are no credentials to sign requests with",
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name other variables as "credentials" in --config.',
    );
  }
  return awsSigner({
    region: textSetting(settings, "region") ?? regionOf(url),
    service: textSetting(settings, "service") ?? "sagemaker",
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
    now,
  });
}

function regionOf(url: URL): string {
  const found = /^runtime(?:-fips)?\.sagemaker\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/.exec(url.hostname)?.[1];
  if (found !== undefined) return found;
  throw badSetting('the address names no region; give it as "region"');
}

function fromEnvironment(name: string): string | undefined {
  return process.env[name];
}
