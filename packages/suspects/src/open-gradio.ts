import { refused } from "./ask-endpoint.js";
import { type AskPage, pageAsker } from "./ask-page.js";
import { SuspectError } from "./error.js";
import { likelyPresentation } from "./gradio-data.js";
import { answeringComponent, gradioFunctions, requireFunction } from "./gradio-info.js";
import { gradioProtocol } from "./gradio.js";
import type { GuardedFetch } from "./guarded-fetch.js";
import { asObject, asText } from "./json-values.js";
import type { OpenedProtocol, ProtocolOptions } from "./opener.js";
import { parseAnswer } from "./parse-json.js";
import { readPresentation } from "./presentation-settings.js";
import { readClassNames } from "./readings.js";
import { choiceSetting, countSetting, readSettings } from "./settings.js";

const SETTINGS = ["classes", "input", "output", "route"];
const ROUTES = ["call", "run"] as const;
/** The first that takes requests and gives answers later, at `call`; those before answer at once, at `run`. */
const FIRST_WITH_CALL = 4;
/** Components that a function returns at most. */
const MOST_RETURNED = 1000;

/**
 * Open a function of a Gradio app, at the app's address or that of one of its pages. Its configuration and its page of
 * information are asked for first.
 *
 * @throws SuspectError SUSPECT_CONFIG, SUSPECT_MODEL_UNKNOWN, SUSPECT_OUTPUT_UNKNOWN, SUSPECT_REFUSED, SUSPECT_PROTOCOL,
 *   and those of asking
 */
export async function gradioEndpoint(fetch: GuardedFetch, options: ProtocolOptions): Promise<OpenedProtocol> {
  const settings = readSettings(options, SETTINGS);
  const { root, named } = appAddress(options.url);
  const ask = pageAsker(fetch, options);
  const { prefix, version } = await appConfig(ask, root);
  const found = requireFunction(await appFunctions(ask, root, prefix), options.model ?? named);
  const otherwise = version < FIRST_WITH_CALL ? "run" : "call";
  const route = choiceSetting(settings, "route", { choices: ROUTES, otherwise });
  return {
    protocol: gradioProtocol({
      url: page(root, `${prefix}/${route}/${found.name.split("/").map(encodeURIComponent).join("/")}`),
      model: found.name,
      parameters: found.parameters,
      presentation: readPresentation(settings["input"] ?? { as: likelyPresentation(found.parameters) }),
      fileObjects: version >= FIRST_WITH_CALL,
      output: answeringComponent(found, countSetting(settings, "output", { least: 0, most: MOST_RETURNED })),
      classes: readClassNames(settings["classes"]),
    }),
    headers: {},
  };
}

/** The app's address, and the function that a longer one names. */
function appAddress(url: URL): { root: URL; named: string | null } {
  const [before = "", name] = url.pathname.split(/(?:\/gradio_api)?\/(?:call|run|api)\/(.+)$/);
  const root = new URL(url);
  root.pathname = before.replace(/\/(?:gradio_api)?\/*$/, "");
  return { root, named: name?.replace(/\/+$/, "") ?? null };
}

/** A page below the app's address, with the query string that goes with every request. */
function page(root: URL, path: string): URL {
  const url = new URL(root);
  url.pathname = `${root.pathname.replace(/\/+$/, "")}${path}`;
  return url;
}

/** Where the app's pages lie below its address, and its major version; apps of before have no prefix. */
async function appConfig(ask: AskPage, root: URL): Promise<{ prefix: string; version: number }> {
  const answer = await ask("GET", page(root, "/config"));
  if (answer.status === 401 || answer.status === 403) throw refused(answer.status);
  if (answer.status !== 200) throw noApp(`its page /config is answered with ${answer.status}`);
  const config = asObject(parseAnswer(answer.body));
  const version = Number.parseInt(asText(config?.["version"]), 10);
  if (Number.isNaN(version)) throw noApp("its page /config names no version");
  const prefix = asText(config?.["api_prefix"]).replace(/\/+$/, "");
  if (!/^(?:\/\w[\w.-]*)*$/.test(prefix)) throw noApp("its page /config names pages that are none");
  return { prefix, version };
}

async function appFunctions(
  ask: AskPage,
  root: URL,
  prefix: string,
): Promise<ReturnType<typeof gradioFunctions>> {
  const answer = await ask("GET", page(root, `${prefix}/info`));
  if (answer.status === 401 || answer.status === 403) throw refused(answer.status);
  if (answer.status !== 200) throw noApp(`its page ${prefix}/info is answered with ${answer.status}`);
  return gradioFunctions(parseAnswer(answer.body));
}

function noApp(reason: string): SuspectError {
  return new SuspectError(
    "SUSPECT_PROTOCOL",
    `what answers is no Gradio app: ${reason}`,
    "Check the address and --protocol.",
  );
}
