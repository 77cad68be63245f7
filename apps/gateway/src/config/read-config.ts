import { open } from "node:fs/promises";
import path from "node:path";
import { LineCounter, parseDocument } from "yaml";
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
  return parseConfig(await readText(file), {
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
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, strict: true, version: "1.2" });
  const [broken] = document.errors;
  if (broken !== undefined) throw malformed(where.name, broken.message.split("\n")[0] ?? "it is no YAML");
  const schema = configSchema(where);
  const parsed = schema.safeParse(plain(document, where.name));
  if (parsed.success) return parsed.data;
  const told = flatIssues(parsed.error.issues).map((issue) =>
    describeIssue(issue, { schema, document, lines }),
  );
  throw invalid(where.name, told);
}

function plain(document: ReturnType<typeof parseDocument>, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    throw malformed(name, error instanceof Error ? error.message : "its aliases cannot be followed");
  }
}

async function readText(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size > MAX_BYTES) throw new RangeError(`it has more than ${MAX_BYTES} bytes`);
      return await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "unknown";
    throw new GatewayError(
      "CONFIG_UNREADABLE",
      `the configuration cannot be read: ${reason}`,
      "Name a YAML file with --config.",
      { cause },
    );
  }
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
