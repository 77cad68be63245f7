import type { LimitRule } from "../limits/rules.js";
import type { OutputPolicy } from "../defences/output-policy.js";
import type { TermsOptions } from "../terms-desk.js";

/** Everything that a gateway is told, with every default filled in and every path absolute. */
export interface GatewayConfig {
  readonly listen: ListenConfig;
  readonly models: readonly ModelConfig[];
  /** null where everybody is answered, or a proxy in front says which customer asks. */
  readonly access: AccessConfig | null;
  /** null where nobody has to accept anything. */
  readonly terms: TermsOptions | null;
  readonly limits: LimitsConfig | null;
  readonly ops: OpsConfig;
}

export interface ListenConfig {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Networks of proxies whose `x-forwarded-for` is believed. */
  readonly trustedProxies: readonly string[];
}

/** One model and how its answers are made. */
export interface ModelConfig {
  readonly name: string;
  /** Path of an .onnx file. */
  readonly file: string;
  readonly outputs: OutputPolicy;
  readonly batching: BatchingConfig;
  readonly marking: MarkingConfig | null;
}

/** How rows of many requests are run together; what is null is left to the gateway. */
export interface BatchingConfig {
  readonly threads: number | null;
  readonly maxRows: number | null;
  readonly maxWaitMs: number | null;
}

/** By what answers are marked. */
export interface MarkingConfig {
  /** Folder of the registration. */
  readonly registration: string;
  /** File from `indicia key gateway`. */
  readonly gatewayKey: string;
  /** Register of customers, or null where none are told apart. */
  readonly customers: string | null;
  /** Folder of the query log, or null where queries are not logged. */
  readonly logged: string | null;
  /** Logits; null for the default. */
  readonly strength: number | null;
  readonly tilt: number | null;
}

export interface AccessConfig {
  /** File of API keys, from `indicia gateway key add`. */
  readonly keys: string | null;
  readonly jwt: {
    readonly issuer: string;
    readonly audience: string;
    readonly jwks: string;
    readonly allowPrivate: boolean;
    readonly claims: {
      readonly account: string;
      readonly organisation: string | null;
      readonly scopes: string;
      readonly customer: string | null;
    };
  } | null;
  readonly mtls: {
    readonly header: string;
    readonly proxies: readonly string[];
    readonly accounts: readonly {
      readonly certificate: string;
      readonly account: string;
      readonly organisation: string | null;
      readonly customer: string | null;
      readonly scopes: readonly string[];
    }[];
  } | null;
}

export interface LimitsConfig {
  /** `memory`, or the address of a PostgreSQL database that instances share. */
  readonly store: "memory" | { readonly postgres: string };
  readonly rules: readonly LimitRule[];
}

/** What those who run the gateway see of it. */
export interface OpsConfig {
  readonly logs: { readonly level: LogLevel };
  /** Where `/metrics` and `/health` are served apart from the clients; null for nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | null;
  /** Where traces are sent over OTLP/HTTP; null for nowhere. */
  readonly traces: { readonly endpoint: string; readonly ratio: number } | null;
}

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
