import path from "node:path";
import { parseConfiguration, readConfigurationText } from "@indicia/service/configuration-file";
import { isMap, isScalar } from "yaml";
import type { z } from "zod";
import { VerifierError } from "../error.js";
import { type Settings, SETTING_NAMES, settingsSchema } from "./settings.js";

const PREFIX = "INDICIA_VERIFIER_";
/** Variables with that beginning that are no settings: the secret key itself, which no file and no flag should show. */
export const SECRET_KEY_VARIABLE = "INDICIA_VERIFIER_SECRET_KEY";
const CONFIG_VARIABLE = "INDICIA_VERIFIER_CONFIG";
/** Largest configuration: all settings take a kilobyte. */
const MAX_BYTES: number = 64 * 1024;
/** Settings that name files, relative to the file that they stand in. */
const PATHS: ReadonlySet<string> = new Set(["data", "secret-key-file", "tls-certificate", "tls-key"]);

type Environment = Readonly<Record<string, string | undefined>>;

/** What a setting says, and where. */
interface Given {
  readonly value: unknown;
  readonly place: string;
}

/**
 * Put flags, environment and file together.
 *
 * @param flags by the names of settings, `config` beside them
 * @throws VerifierError CONFIG_INVALID, with the place of every mistake
 */
export async function readSettings(
  flags: Readonly<Record<string, string | undefined>>,
  environment: Environment,
): Promise<Settings> {
  const file = flags["config"] ?? environment[CONFIG_VARIABLE];
  const given = new Map<string, Given>([
    ...(file === undefined ? [] : await fromFile(file)),
    ...fromEnvironment(environment),
    ...fromFlags(flags),
  ]);
  const read = settingsSchema.safeParse(
    Object.fromEntries([...given].map(([name, { value }]) => [name, value])),
  );
  if (!read.success) throw invalid(inOrder(read.error.issues, given));
  const settings = read.data;
  const halfTls = (settings["tls-certificate"] === undefined) !== (settings["tls-key"] === undefined);
  if (halfTls) throw invalid(["tls-certificate and tls-key go together"]);
  if (settings.role !== "all" && settings["database-url"] === undefined)
    throw invalid([`role ${settings.role} takes a database-url: the embedded database is one process's own`]);
  return settings;
}

function fromFlags(flags: Readonly<Record<string, string | undefined>>): [string, Given][] {
  return Object.entries(flags).flatMap(([name, value]) =>
    name === "config" || value === undefined ? [] : [[name, { value, place: `--${name}` }]],
  );
}

function fromEnvironment(environment: Environment): [string, Given][] {
  return Object.entries(environment).flatMap(([variable, value]): [string, Given][] => {
    const isOther = variable === SECRET_KEY_VARIABLE || variable === CONFIG_VARIABLE;
    // An empty variable is how some programs say that it is not set.
    if (!variable.startsWith(PREFIX) || isOther || value === undefined || value === "") return [];
    const name = variable.slice(PREFIX.length).toLowerCase().replaceAll("_", "-");
    return [[name, { value, place: variable }]];
  });
}

async function fromFile(file: string): Promise<[string, Given][]> {
  const text = await readConfigurationText(file, { maxBytes: MAX_BYTES, unreadable });
  const { document, lines, broken } = parseConfiguration(text);
  const name = path.basename(file);
  if (broken !== null) throw invalid([`${name}: ${broken}`]);
  if (document.contents === null) return [];
  if (!isMap(document.contents)) throw invalid([`${name}: it is no list of settings with their values`]);
  return document.contents.items.map(({ key, value }) => {
    const setting = isScalar(key) ? String(key.value) : "";
    const offset = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
    const place = `${name}, line ${lines.linePos(offset).line}`;
    return [setting, { value: resolved(setting, plain(value), path.dirname(path.resolve(file))), place }];
  });
}

function plain(node: unknown): unknown {
  if (typeof node !== "object" || node === null || !("toJSON" in node)) return node;
  return (node.toJSON as () => unknown)();
}

function resolved(setting: string, value: unknown, folder: string): unknown {
  return PATHS.has(setting) && typeof value === "string" ? path.resolve(folder, value) : value;
}

function unreadable(message: string, hint: string, cause: ErrorOptions): VerifierError {
  return new VerifierError("CONFIG_INVALID", message, hint, cause);
}

/** Mistakes as they come in the file, then those of environment and flags, each told once. */
function inOrder(issues: readonly z.core.$ZodIssue[], given: ReadonlyMap<string, Given>): string[] {
  const names = [...given.keys()];
  const mistakes = issues.flatMap((issue) => told(issue, given));
  const sorted = mistakes.toSorted((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
  return [...new Set(sorted.map(({ text }) => text))];
}

/** Values are not repeated: a database's address has a password in it. */
function told(
  issue: z.core.$ZodIssue,
  given: ReadonlyMap<string, Given>,
): { readonly name: string; readonly text: string }[] {
  const at = (name: string): string => given.get(name)?.place ?? name;
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((name) => ({ name, text: `${at(name)}: there is no setting ${name}` }));
  const name = String(issue.path[0] ?? "");
  return [{ name, text: `${at(name)}: ${name} ${issue.message}` }];
}

function invalid(mistakes: readonly string[]): VerifierError {
  return new VerifierError(
    "CONFIG_INVALID",
    mistakes.join("; "),
    `Settings are: ${SETTING_NAMES.join(", ")}.`,
  );
}
