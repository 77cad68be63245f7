import { DEFAULT_BUDGET, DEFAULT_RATE } from "@indicia/operations/defaults";
import { PROBE_ORDERS, type ProbeOrder } from "@indicia/evidence/probe-rule";
import { ENDPOINT_PROTOCOLS, NEED_CONFIG } from "@indicia/suspects/protocol";
import type { Command } from "commander";
import { CliError } from "./error.js";
import { collect, type Flags, isSet, number, optionalText, refuse, texts, usage } from "./flags.js";
import type { EndpointSuspect, FileSuspect, Suspect } from "@indicia/operations/options";

const FILE_PROTOCOLS = ["onnx", "onnx-black-box"] as const;
/** Those that have no configuration. */
const NO_CONFIG: readonly string[] = ["oip", "oip-grpc"];
const ENDPOINT_OPTIONS = ["model", "config", "header", "allowPrivate", "rate"] as const;

/** Rows; more would fill the memory with answers long before. */
export const MAX_BUDGET = 10_000_000;
/** Configurations of two protocols; the README has those of all. */
const CONFIG_EXAMPLES =
  '{"classes": ["cat", "dog"], "input": {"as": "text"}} for hf, or for json {"request": {"instances": {"$rows": "INPUT"}}, "answer": {"rows": "/predictions", "vector": ""}}';
/** Requests per second. */
const MAX_RATE = 10_000;

/**
 * Options of commands that ask a suspect.
 *
 * @param rate the default, in words
 */
export function declareEndpoint(command: Command, rate: string): Command {
  return command
    .argument("<suspect>", "an .onnx file or an http(s) URL")
    .option(
      "--protocol <name>",
      `${[...FILE_PROTOCOLS, ...ENDPOINT_PROTOCOLS].join(", ")} (default: by suspect)`,
    )
    .option("--model <name>", "name of the model at the endpoint, or of a Gradio app's function")
    .option(
      "--config <file>",
      `settings of the protocol (JSON): how rows are shown, what classes are called; such as ${CONFIG_EXAMPLES}`,
    )
    .option(
      "--header <line>",
      "header of every request, such as 'Authorization: ...'; may be repeated",
      collect,
    )
    .option("--allow-private", "allow addresses of your own network")
    .option("--rate <number>", `most requests per second (default: ${rate})`);
}

/** Options of every command that examines a suspect. */
export function declareSuspect(command: Command): Command {
  return declareEndpoint(command, `${DEFAULT_RATE}; with --resume as begun`)
    .option("--budget <rows>", `most rows to ask (default: ${DEFAULT_BUDGET}; with --resume as begun)`)
    .option(
      "--probes <rule>",
      `which probes to ask: ${PROBE_ORDERS.join(", ")} (default: auto; with --resume as begun)`,
    );
}

/**
 * @param also options of endpoints that the command has a use for besides
 * @throws CliError USAGE, PROTOCOL_UNAVAILABLE
 */
export function readSuspect(
  suspect: string,
  flags: Flags,
  also: readonly (typeof ENDPOINT_OPTIONS)[number][] = [],
): Suspect {
  const protocol = optionalText(flags, "protocol");
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(suspect)
    ? readEndpoint(suspect, protocol ?? "oip", flags)
    : readFile(suspect, protocol ?? "onnx", { flags, also });
}

/** Null where nobody named a budget. */
export function readBudget(flags: Flags): number | null {
  if (optionalText(flags, "budget") === null) return null;
  return number(flags, "budget", { least: 1, most: MAX_BUDGET, whole: true });
}

/** Null where nobody named a rule. */
export function readProbes(flags: Flags): ProbeOrder | null {
  const named = optionalText(flags, "probes");
  const known = PROBE_ORDERS.find((order) => order === named) ?? null;
  if (named !== null && known === null)
    throw usage(`--probes takes ${PROBE_ORDERS.join(", ")}, not ${JSON.stringify(named)}`);
  return known;
}

function readFile(
  path: string,
  protocol: string,
  { flags, also }: { readonly flags: Flags; readonly also: readonly string[] },
): FileSuspect {
  const known = FILE_PROTOCOLS.find((name) => name === protocol);
  if (known === undefined) throw wrongProtocol(protocol, ENDPOINT_PROTOCOLS, "a file", FILE_PROTOCOLS);
  if (/^[\w.-]+:\d+(\/|$)/.test(path)) throw usage(`"${path}" looks like an address: write http://${path}`);
  const foreign = ENDPOINT_OPTIONS.filter((name) => !also.includes(name));
  refuse(flags, foreign, "is for endpoints, and the suspect is a file");
  return { kind: "file", path, protocol: known };
}

function readEndpoint(suspect: string, protocol: string, flags: Flags): EndpointSuspect {
  const known = ENDPOINT_PROTOCOLS.find((name) => name === protocol);
  if (known === undefined) throw wrongProtocol(protocol, FILE_PROTOCOLS, "a URL", ENDPOINT_PROTOCOLS);
  const config = optionalText(flags, "config");
  if (NEED_CONFIG.includes(known) && config === null) throw usage(`--protocol ${known} needs --config`);
  if (known === "json")
    refuse(flags, ["model"], "is for protocols that name models; put it into the --config");
  if (NO_CONFIG.includes(known)) refuse(flags, ["config"], `is not for --protocol ${known}`);
  return {
    kind: "endpoint",
    url: readUrl(suspect),
    protocol: known,
    model: optionalText(flags, "model"),
    config,
    headers: texts(flags, "header").map(readHeader),
    allowPrivate: isSet(flags, "allowPrivate"),
    rate:
      optionalText(flags, "rate") === null
        ? null
        : number(flags, "rate", { least: 0, includesLeast: false, most: MAX_RATE }),
  };
}

function wrongProtocol(
  protocol: string,
  others: readonly string[],
  suspect: string,
  fitting: readonly string[],
): CliError {
  if (others.includes(protocol)) {
    return usage(`--protocol ${protocol} does not fit ${suspect}, which takes ${fitting.join(" or ")}`);
  }
  const available = [...FILE_PROTOCOLS, ...ENDPOINT_PROTOCOLS].join(", ");
  return new CliError(
    "PROTOCOL_UNAVAILABLE",
    `there is no protocol ${JSON.stringify(protocol)}`,
    `Available are ${available}.`,
  );
}

function readUrl(suspect: string): URL {
  if (!URL.canParse(suspect)) throw usage("the suspect's URL is malformed");
  const url = new URL(suspect);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw usage("the suspect's URL must be http or https");
  if (url.username !== "" || url.password !== "") {
    // The URL goes into the evidence; headers have their secrets taken out.
    throw usage("the suspect's URL holds a password; give it by --header instead");
  }
  return url;
}

/** A header line (RFC 9110, section 5): a token, a colon, visible text. */
function readHeader(line: string): readonly [string, string] {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\u0020-\u007e\u0080-\u00ff]*?)[ \t]*$/.exec(line);
  const [, name, value] = match ?? [];
  // The line itself may hold a secret and is not repeated.
  if (name === undefined || value === undefined) throw usage("--header takes a line such as 'Name: value'");
  return [name, value];
}
