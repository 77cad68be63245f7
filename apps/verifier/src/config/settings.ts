import { z } from "zod";
import { isNetwork } from "../access/client-address.js";
import { LOG_LEVELS, type LogLevel } from "@indicia/service/log-level";

const MAX_PORT = 65_535;
/** Investigations that one process runs at once: each is a process of its own, with a model in memory. */
const MAX_WORKERS = 64;
/** More than any machine answers. */
const MAX_REQUESTS = 10_000_000;
const ROLES = ["all", "api", "worker"] as const;

const portField = wholeNumber(0, MAX_PORT);
const textField = z.string().min(1);
/** A list in the file, or words with commas between them in environment and flags. */
const networksField = z
  .preprocess(
    (given) => (typeof given === "string" ? given.split(",").filter((each) => each !== "") : given),
    z.array(z.string().trim()),
  )
  .refine((given) => given.every(isNetwork), "has something that is neither an address nor a network");

/**
 * All settings. Each has one name: as written here in the file and, with two hyphens, as a flag; in capitals with
 * underscores after `INDICIA_VERIFIER_` in the environment. A flag goes before the environment, which goes before the file.
 */
export interface Settings {
  /** Address that is listened on. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Folder of everything that the service keeps. */
  readonly data: string;
  /** Such as postgres://user:password@host/database; without it, the rows are in the data folder. */
  readonly "database-url"?: string | undefined;
  /** File of the key under which secrets are sealed; made in the data folder where none is named. */
  readonly "secret-key-file"?: string | undefined;
  /** What this process does: answer, run investigations, or both. */
  readonly role: (typeof ROLES)[number];
  /** Investigations that this process runs at once. */
  readonly workers: number;
  /** PEM files; both, to answer https. */
  readonly "tls-certificate"?: string | undefined;
  readonly "tls-key"?: string | undefined;
  /** Address that browsers use, where a proxy stands in front. */
  readonly address?: string | undefined;
  /** Proxies whose x-forwarded-for is believed: addresses and networks. */
  readonly proxies: readonly string[];
  /** Most requests of one user in a minute, to each process. */
  readonly "requests-per-minute": number;
  /** Port on which metrics are shown to whoever reaches it; without it only admins see them, at the API's. */
  readonly "ops-port"?: number | undefined;
  readonly "ops-host": string;
  readonly "log-level": LogLevel;
}

const fields = {
  host: textField.default("127.0.0.1"),
  port: portField.default(8080),
  data: textField.default("indicia-data"),
  "database-url": z
    .string()
    .regex(/^postgres(ql)?:\/\//, "is no postgres:// address")
    .optional(),
  "secret-key-file": textField.optional(),
  role: z.enum(ROLES, oneOf(ROLES)).default("all"),
  workers: wholeNumber(1, MAX_WORKERS).default(2),
  "tls-certificate": textField.optional(),
  "tls-key": textField.optional(),
  address: z
    .url({ protocol: /^https?$/, error: "has to be an address such as https://indicia.example" })
    .optional(),
  proxies: networksField.default([]),
  "requests-per-minute": wholeNumber(1, MAX_REQUESTS).default(6000),
  "ops-port": portField.optional(),
  "ops-host": textField.default("127.0.0.1"),
  "log-level": z.enum(LOG_LEVELS, oneOf(LOG_LEVELS)).default("info"),
};

export const settingsSchema: z.ZodType<Settings> = z.strictObject(fields);

/** Names of all settings. */
export const SETTING_NAMES: readonly string[] = Object.keys(fields);

function wholeNumber(least: number, most: number): z.ZodCoercedNumber {
  const told = `has to be a whole number from ${least} to ${most}`;
  return z.coerce.number(told).int(told).min(least, told).max(most, told);
}

function oneOf(words: readonly string[]): string {
  return `has to be one of ${words.join(", ")}`;
}
