import type { LogLevel } from "@indicia/service/log-level";
import type { JwtOptions } from "../access/jwt.js";
import type { PerturbationKind } from "@indicia/defence/perturbation/perturb";
import type { ValueInfo } from "@indicia/onnx/tensor";
import type { EndpointProtocol } from "@indicia/suspects/protocol";
import type { KeySource } from "@indicia/vault/key-source";
import type { MonitorPolicy } from "../monitor/actions.js";
import type { LimitRule } from "../limits/rules.js";
import type { Scores } from "../defences/defence.js";
import type { OutputPolicy } from "../defences/output-policy.js";
import type { TermsOptions } from "../terms-desk.js";

/** Everything that a gateway is told, with every default filled in and every path absolute. */
export interface GatewayConfig {
  readonly listen: ListenConfig;
  readonly models: readonly ModelConfig[];
  /** null where everybody is answered, or a proxy in front says which customer asks. */
  readonly access: AccessConfig | null;
  /** Whether it was said that everybody is to be answered. */
  readonly openAccess: boolean;
  /** null where nobody has to accept anything. */
  readonly terms: TermsOptions | null;
  readonly limits: LimitsConfig | null;
  /** How the query logs of all models are kept. */
  readonly log: LogConfig;
  /** Where models are kept encrypted; null where all are plain files. */
  readonly vault: VaultConfig | null;
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
  readonly source: SourceConfig;
  readonly outputs: OutputPolicy;
  readonly batching: BatchingConfig;
  readonly marking: MarkingConfig | null;
  /** Folder of the query log of a model that is not marked, or null where its queries are not logged. */
  readonly logged: string | null;
  /** What notices that an account copies the model; null for nothing. */
  readonly monitor: MonitorConfig | null;
  /** How answers are changed that keep their label; null for not at all. */
  readonly perturbation: PerturbationConfig | null;
}

/** Where a model is: its .onnx file by its path, its name in the vault, or an endpoint that the gateway stands before. */
export type SourceConfig =
  | { readonly kind: "file" | "vault"; readonly name: string }
  | ({ readonly kind: "upstream" } & UpstreamConfig);

export interface UpstreamConfig {
  readonly url: string;
  readonly protocol: EndpointProtocol;
  /** Name of the model there, for protocols that name models; null to find out. */
  readonly model: string | null;
  /** Path of the protocol's settings, or null. */
  readonly config: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly allowPrivate: boolean;
  /** What its answers are. */
  readonly scores: Scores;
  /** Inputs, where it does not declare them; empty where it does. */
  readonly inputs: readonly ValueInfo[];
}

export interface MonitorConfig extends MonitorPolicy {
  /** File from `indicia gateway calibrate`. */
  readonly calibration: string;
  /** File of what it knows of accounts, so that a restart forgets nobody; null to begin anew each time. */
  readonly state: string | null;
  /** Where alerts are posted; null for nowhere. */
  readonly webhook: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly allowPrivate: boolean;
  } | null;
}

export interface PerturbationConfig {
  readonly kind: PerturbationKind;
  /** Total variation for accounts without suspicion, and for flagged ones; null for the defaults. */
  readonly budget: number | null;
  readonly most: number | null;
  /** The same for queries outside of what honest clients ask; null for no more than others. */
  readonly unusual: number | null;
  /** File of a secret from which its key is derived; null for the gateway key of the marking. */
  readonly secret: string | null;
  /** File of how strongly queries were answered; null for one beside the monitor's state, where it has any. */
  readonly state: string | null;
}

export interface LogConfig {
  readonly inputs: "stored" | "hash";
  readonly answers: "stored" | "hash";
  /** Whether it is encrypted under a key that is derived from the gateway key. */
  readonly sealed: boolean;
  /** age recipients to whom it is encrypted in place of that; the gateway itself cannot read it again. */
  readonly recipients: readonly string[];
  /** Hours for which closed segments are kept; null for ever. */
  readonly keepHours: number | null;
  /** When a segment is closed; null for the defaults. */
  readonly segmentEntries: number | null;
  readonly segmentHours: number | null;
}

export interface VaultConfig {
  readonly folder: string;
  /** Whether the secret holds age identities, or is a passphrase. */
  readonly kind: "identities" | "passphrase";
  readonly secret: KeySource;
  /** P-256 public key that has to have signed the models, uncompressed point, hex; null for the one noted with each. */
  readonly signer: string | null;
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
  readonly jwt: JwtOptions | null;
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
  /** The page for whoever has a key with the scope `*:admin`, on the address of `metrics`; null for none. */
  readonly admin: {
    /** Whether its cookie is sent over HTTPS, or to this machine itself, alone. */
    readonly secureCookie: boolean;
  } | null;
  /** Where traces are sent over OTLP/HTTP; null for nowhere. */
  readonly traces: { readonly endpoint: string; readonly ratio: number } | null;
}
