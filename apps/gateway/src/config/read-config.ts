import path from "node:path";
import { parseConfiguration, readConfigurationText } from "@indicia/service/configuration-file";
import type { Document } from "yaml";
import { GatewayError } from "../error.js";
import type { GatewayConfig } from "./config.js";
import { describeIssue, flatIssues } from "./describe-issue.js";
import { configSchema } from "./schema.js";

/** Largest configuration: a thousand certificates take some 300 kB. */
const MAX_BYTES: number = 2 ** 20;
/** Aliases that a file may unfold: a few shared settings, but no bomb. */
const MAX_ALIASES = 50;
/** Mistakes told at once. */
const MAX_TOLD = 10;

/**
 * Read a configuration. Every mistake is told with its place, so that they can be mended at once.
 *
 * @param environment where secrets are looked up that the file only names
 * @throws GatewayError CONFIG_UNREADABLE, CONFIG_MALFORMED (no YAML), CONFIG_INVALID
 */
export async function readConfig(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<GatewayConfig> {
  return parseConfig(await readConfigurationText(file, { maxBytes: MAX_BYTES, unreadable }), {
    name: path.basename(file),
    folder: path.dirname(path.resolve(file)),
    environment,
  });
}

/** The same for a text that was read already. @param where.folder from where relative paths start */
export function parseConfig(
  text: string,
  where: {
    readonly name: string;
    readonly folder: string;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): GatewayConfig {
  const { document, lines, broken } = parseConfiguration(text);
  if (broken !== null) throw malformed(where.name, broken);
  const schema = configSchema(where);
  const parsed = schema.safeParse(plain(document, where.name));
  if (parsed.success) return parsed.data;
  const told = flatIssues(parsed.error.issues).map((issue) =>
    describeIssue(issue, { schema, document, lines }),
  );
  throw invalid(where.name, told);
}

function plain(document: Document.Parsed, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    throw malformed(name, error instanceof Error ? error.message : "its aliases cannot be followed");
  }
}

function unreadable(message: string, hint: string, cause: ErrorOptions): GatewayError {
  return new GatewayError("CONFIG_UNREADABLE", message, hint, cause);
}

function malformed(name: string, reason: string): GatewayError {
  return new GatewayError(
    "CONFIG_MALFORMED",
    `${name} is no YAML: ${reason}`,
    "Mend the file at that place.",
  );
}

function invalid(
  name: string,
  told: readonly { readonly text: string; readonly hint: string | null }[],
): GatewayError {
  const shown = told.slice(0, MAX_TOLD).map(({ text }) => text);
  const more = told.length > MAX_TOLD ? [`and ${told.length - MAX_TOLD} more`] : [];
  const hint = told.map((each) => each.hint).find((each) => each !== null);
  return new GatewayError(
    "CONFIG_INVALID",
    `${name}: ${[...shown, ...more].join("; ")}`,
    hint ?? "Mend the file at these places; README.md shows one with every section.",
  );
}
