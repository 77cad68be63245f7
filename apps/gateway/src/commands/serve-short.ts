import { parseArgs } from "node:util";
import { parsePolicy } from "../defences/output-policy.js";
import { serve, type ServeOptions } from "../serve.js";
import type { TermsOptions } from "../terms-desk.js";
import { UsageError } from "./outcome.js";
import type { Running } from "./running.js";
import { USAGES } from "./usages.js";

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

/** `--model FILE ...`: serve one model by flags alone. @throws UsageError and what opening the model throws */
export async function serveShort(args: readonly string[]): Promise<Running> {
  const options = readOptions(args);
  const serving = await serve(options);
  return {
    started: { address: serving.address, model: options.name },
    reload: () => serving.reload(),
    close: () => serving.close(),
  };
}

function readOptions(args: readonly string[]): {
  model: string;
  name: string;
  port: number;
  host: string;
  policy: NonNullable<ReturnType<typeof parsePolicy>>;
  marking: NonNullable<ServeOptions["marking"]> | null;
  terms: TermsOptions | null;
} {
  const { values } = parseArgs({
    args: [...args],
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
    throw new UsageError(`an option is missing or malformed. ${USAGES.short}`);
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
    throw new UsageError(`terms need --terms, --acceptances and --customers. ${USAGES.short}`);
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
    throw new UsageError(
      `marking needs --registration, --gateway-key and one of --customers, --logged. ${USAGES.short}`,
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
    throw new UsageError(`a strength is above 0 and at most ${MOST_LOGITS}. ${USAGES.short}`);
  return value;
}
