import type { ColumnType, Generated } from "kysely";
import type { Step } from "../shapes/common.js";
import type { ModelCopy, StatedError } from "../shapes/models.js";
import type { EndpointTarget, FileTarget, Inspection } from "../shapes/suspects.js";
import type { StoredRegistration } from "../models/registration-summary.js";
import type { ModelJobOptions } from "../models/job-options.js";
import type { JsonColumn } from "./json-column.js";

/** Whom to ask, without what is secret: names and values of that have columns of their own. */
export type StoredTarget = Omit<EndpointTarget, "headers" | "secrets"> | FileTarget;

/** Tables of models, suspects and uploads; see the migration of the same name. */
export interface ResourceTables {
  /** A row per file in the folder of uploads. */
  readonly uploads: {
    id: string;
    /** User who uploaded it, and who alone may use it. */
    user: string;
    name: string;
    bytes: number;
    sha256: string;
    uploaded: Date;
  };
  readonly models: {
    id: string;
    name: string;
    notes: string;
    created: Date;
    state: "registering" | "ready" | "failed";
    step: JsonColumn<Step | null>;
    error: JsonColumn<StatedError | null>;
    owner_key: string | null;
    commitment: string | null;
    registration: JsonColumn<StoredRegistration | null>;
  };
  readonly copies: {
    id: string;
    model: string;
    name: string;
    customer: string | null;
    created: Date;
    state: "marking" | "ready" | "failed";
    step: JsonColumn<Step | null>;
    error: JsonColumn<StatedError | null>;
    marked: JsonColumn<ModelCopy["marked"]>;
  };
  /** What is to be done to a model in the background. A row goes when it is done. */
  readonly model_jobs: {
    id: string;
    model: string;
    /** The copy to be marked, or null where the model is to be registered. */
    copy: string | null;
    options: JsonColumn<ModelJobOptions>;
    /** Sealed payload, or null. */
    payload: Uint8Array | null;
    attempts: Generated<number>;
    /** Who does it, until `lease`. */
    holder: string | null;
    lease: Date | null;
    created: Date;
  };
  readonly suspects: {
    id: string;
    name: string;
    notes: string;
    created: Date;
    target: JsonColumn<StoredTarget>;
    header_names: JsonColumn<readonly string[]>;
    /** Sealed JSON of names and values, or null where there are none. */
    headers: Uint8Array | null;
    secret_names: ColumnType<readonly string[], string | undefined, string>;
    /** As `headers`. */
    secrets: Uint8Array | null;
    /** Sealed query of an address of which `target` has only what may be shown, or null where that is all of it. */
    query: Uint8Array | null;
    rate: number;
    inspection: JsonColumn<Inspection | null>;
  };
  readonly inspections: {
    id: string;
    suspect: string;
    /** Whose registered rows were asked, or null where they were random. */
    model: string | null;
    at: Date;
    found: JsonColumn<Inspection>;
  };
}
