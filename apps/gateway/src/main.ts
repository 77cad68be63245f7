#!/usr/bin/env node
import { parseArgs } from "node:util";
import { parsePolicy } from "./defences/output-policy.js";
import { serve, type ServeOptions } from "./serve.js";
import type { Reloaded } from "./serving/model-directory.js";
import type { TermsOptions } from "./terms-desk.js";

const USAGE =
  "indicia-gateway --model FILE [--name NAME] [--port 0] [--host 127.0.0.1] [--output full|round:N|top-k:K|labels] " +
  "[--registration FOLDER --gateway-key FILE [--customers FILE] [--logged FOLDER] [--customer-strength 0.1] [--tilt 0.05]] " +
  "[--terms FILE --acceptances FILE [--terms-version NAME] [--terms-optional] [--record-address]]";
/** Logits; more would be damage, as for a mark of a copy. */
const MOST_LOGITS = 1;

const MARKING_OPTIONS = {
  registration: { type: "string" },
  "gateway-key": { type: "string" },
  customers: { type: "string" },
  logged: { type: "string" },
  "customer-strength": { type: "string" },
  tilt: { type: "string" },
} as const;

const TERMS_OPTIONS = {
  terms: { type: "string" },
  acceptances: { type: "string" },
  "terms-version": { type: "string" },
  "terms-optional": { type: "boolean" },
  "record-address": { type: "boolean" },
} as const;

function fail(message: string, exitCode: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
}

function readOptions(): {
  model: string;
  name: string;
  port: number;
  host: string;
  policy: NonNullable<ReturnType<typeof parsePolicy>>;
  marking: NonNullable<ServeOptions["marking"]> | null;
  terms: TermsOptions | null;
} {
  const { values } = parseArgs({
    options: {
      model: { type: "string" },
      name: { type: "string", default: "model" },
      port: { type: "string", default: "0" },
      host: { type: "string", default: "127.0.0.1" },
      output: { type: "string", default: "full" },
      ...MARKING_OPTIONS,
      ...TERMS_OPTIONS,
    },
  });
  const policy = parsePolicy(values.output);
  const port = Number(values.port);
  if (values.model === undefined || policy === null || !Number.isInteger(port) || port < 0 || port > 65_535) {
    fail(`GATEWAY_USAGE: an option is missing or malformed. ${USAGE}`, 2);
  }
  return {
    model: values.model,
    name: values.name,
    port,
    host: values.host,
    policy,
    marking: readMarking(values),
    terms: readTerms(values),
  };
}

/** Terms are accepted by customers, and every acceptance is recorded. */
function readTerms(
  values: { readonly customers?: string | undefined } & {
    readonly [K in keyof typeof TERMS_OPTIONS]?:
      | ((typeof TERMS_OPTIONS)[K]["type"] extends "string" ? string : boolean)
      | undefined;
  },
): TermsOptions | null {
  const { terms, acceptances, customers } = values;
  if (Object.keys(TERMS_OPTIONS).every((name) => !Object.hasOwn(values, name))) return null;
  if (terms === undefined || acceptances === undefined || customers === undefined)
    fail(`GATEWAY_USAGE: terms need --terms, --acceptances and --customers. ${USAGE}`, 2);
  return {
    file: terms,
    acceptances,
    version: values["terms-version"] ?? null,
    required: values["terms-optional"] !== true,
    recordAddress: values["record-address"] === true,
  };
}

/** Marking takes the registration and the key together, and something to mark for: customers, a query log, or both. */
function readMarking(
  values: Partial<Record<keyof typeof MARKING_OPTIONS, string>>,
): NonNullable<ServeOptions["marking"]> | null {
  const { registration, customers, logged } = values;
  const gatewayKey = values["gateway-key"];
  if (Object.keys(MARKING_OPTIONS).every((name) => !Object.hasOwn(values, name))) return null;
  if (registration === undefined || gatewayKey === undefined || (customers ?? logged) === undefined)
    fail(
      `GATEWAY_USAGE: marking needs --registration, --gateway-key and one of --customers, --logged. ${USAGE}`,
      2,
    );
  return {
    registration,
    gatewayKey,
    customers: customers ?? null,
    logged: logged ?? null,
    ...(values["customer-strength"] === undefined ? {} : { strength: logits(values["customer-strength"]) }),
    ...(values.tilt === undefined ? {} : { tilt: logits(values.tilt) }),
  };
}

function logits(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= MOST_LOGITS))
    fail(`GATEWAY_USAGE: a strength is above 0 and at most ${MOST_LOGITS}. ${USAGE}`, 2);
  return value;
}

function tellReloaded(results: readonly Reloaded[]): void {
  for (const { name, outcome, error } of results)
    process.stderr.write(`${JSON.stringify({ model: name, outcome, error: error?.message })}\n`);
}

try {
  const options = readOptions();
  const served = await serve(options);
  process.stdout.write(`${JSON.stringify({ address: served.address, model: options.name })}\n`);
  process.on("SIGHUP", () => void served.reload().then(tellReloaded));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void served.close().then(() => process.exit(0)));
  }
} catch (error) {
  const code = error instanceof Error && "code" in error ? String(error.code) : "GATEWAY_FAILED";
  fail(`${code}: ${error instanceof Error ? error.message : String(error)}. ${USAGE}`, 2);
}
