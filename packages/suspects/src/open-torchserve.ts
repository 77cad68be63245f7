import { SuspectError } from "./error.js";
import type { GuardedFetch } from "./guarded-fetch.js";
import type { OpenedProtocol, ProtocolOptions } from "./opener.js";
import { readPresentation } from "./presentation-settings.js";
import { readClassNames } from "./readings.js";
import { choiceSetting, countSetting, readSettings, textSetting } from "./settings.js";
import { torchServeProtocol } from "./torchserve.js";

const SETTINGS = ["api", "envelope", "member", "version", "lone", "classes", "input", "maxRows"];
/** Rows per request where nobody says. */
const MAX_ROWS = 16;
const MOST_ROWS = 4096;

/**
 * Open a model of TorchServe. Nothing is asked: what the server knows of its models stands in its management API, which
 * is not for the public.
 *
 * @throws SuspectError SUSPECT_CONFIG, SUSPECT_MODEL_UNKNOWN
 */
export async function torchServeEndpoint(_: GuardedFetch, options: ProtocolOptions): Promise<OpenedProtocol> {
  const settings = readSettings(options, SETTINGS);
  const kserve = /\/v1\/models(\/|$)/.test(options.url.pathname);
  const api = choiceSetting(settings, "api", {
    choices: ["predictions", "kserve"],
    otherwise: kserve ? "kserve" : "predictions",
  });
  const version = textSetting(settings, "version");
  return {
    protocol: torchServeProtocol({
      url: api === "kserve" ? kserveUrl(options) : predictionsUrl(options, version),
      model: options.model,
      envelope: choiceSetting(settings, "envelope", {
        choices: ["none", "json"],
        otherwise: api === "kserve" ? "json" : "none",
      }),
      member: textSetting(settings, "member"),
      presentation: readPresentation(settings["input"]),
      lone: choiceSetting(settings, "lone", { choices: ["label", "score"], otherwise: "label" }),
      classes: readClassNames(settings["classes"]),
      maxRows: countSetting(settings, "maxRows", { least: 1, most: MOST_ROWS }) ?? MAX_ROWS,
    }),
    headers: {},
  };
}

function predictionsUrl({ url, model }: ProtocolOptions, version: string | null): URL {
  const suffix = version === null ? "" : `/${encodeURIComponent(version)}`;
  if (model !== null)
    return under(url, /\/predictions(\/.*)?$/, `/predictions/${encodeURIComponent(model)}${suffix}`);
  if (/\/predictions\/[^/]+/.test(url.pathname)) return under(url, /$/, suffix);
  throw unnamed("/predictions/NAME");
}

function kserveUrl({ url, model }: ProtocolOptions): URL {
  const named = /\/v1\/models\/([^/:]+)/.exec(url.pathname)?.[1];
  const name = model === null ? named : encodeURIComponent(model);
  if (name === undefined) throw unnamed("/v1/models/NAME");
  return under(url, /\/v1(\/.*)?$/, `/v1/models/${name}:predict`);
}

/** An address with the end of its path, where it has this one, in place of another. */
function under(url: URL, end: RegExp, replacement: string): URL {
  const address = new URL(url);
  address.hash = "";
  address.pathname = `${url.pathname.replace(/\/+$/, "").replace(end, "")}${replacement}`;
  return address;
}

function unnamed(page: string): SuspectError {
  return new SuspectError(
    "SUSPECT_MODEL_UNKNOWN",
    "neither the address nor --model names a model",
    `Give an address that ends in ${page}, or name it with --model.`,
  );
}
