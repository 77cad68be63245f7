import { rm } from "node:fs/promises";
import path from "node:path";
import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.js";
import { VerifierError } from "../error.js";
import type { Services } from "../services.js";
import type { Step } from "../shapes/common.js";
import type { StatedError } from "../shapes/models.js";
import { runTask, type TaskOptions } from "../tasks/run-task.js";
import type { ModelJob } from "./job-lease.js";
import type { ModelJobOptions } from "./job-options.js";
import { MODEL_FILES } from "./model-files.js";
import { findModel } from "./model-store.js";
import { openOwnerKey } from "./open-owner-key.js";
import { SEALED_FOR } from "../secrets/purposes.js";

/** Registering or marking the largest models takes minutes, with a long way to this. */
const JOB_MS = 4 * 3600 * 1000;

/** What a job came to. */
export interface JobResult {
  /** Writes it into the rows. */
  readonly write: (tables: Kysely<Tables>) => Promise<void>;
  /** What the audit log is told. */
  readonly action: "model.registered" | "model.marked" | "model.failed";
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Do a job in a process of its own. @returns null where it was interrupted */
export async function doJob(
  services: Services,
  job: ModelJob,
  given: { readonly signal: AbortSignal; readonly onStep: (step: Step) => void },
): Promise<JobResult | null> {
  const task: TaskOptions = { timeoutMs: JOB_MS, hide: services.data.root, ...given };
  try {
    const { options } = job;
    const result =
      options.kind === "register"
        ? await register(services, { job, options, task })
        : await mark(services, { job, options, task });
    return given.signal.aborted ? null : result;
  } catch (error) {
    if (error instanceof VerifierError) return failed(job, error);
    throw error;
  }
}

/** That a job failed. */
export function failed({ model, copy }: ModelJob, { code, message, hint }: StatedError): JobResult {
  const end = { state: "failed", step: null, error: JSON.stringify({ code, message, hint }) } as const;
  return {
    write: async (tables) => {
      if (copy === null) await tables.updateTable("models").set(end).where("id", "=", model).execute();
      else await tables.updateTable("copies").set(end).where("id", "=", copy).execute();
    },
    action: "model.failed",
    detail: { code, ...(copy === null ? {} : { copy }) },
  };
}

interface Doing<Kind extends ModelJobOptions["kind"]> {
  readonly job: ModelJob;
  readonly options: Extract<ModelJobOptions, { readonly kind: Kind }>;
  readonly task: TaskOptions;
}

const READY = { state: "ready", step: null, error: null } as const;

async function register(services: Services, { job, options, task }: Doing<"register">): Promise<JobResult> {
  const { kind: _, ...asked } = options;
  const folder = services.data.model(job.model);
  const secrets = await secretsOf(services, job);
  const outcome = await runTask("make-registration", { folder, ...asked, ...secrets }, task);
  if (!outcome.done) return failed(job, outcome.failure);
  for (const used of [MODEL_FILES.inputs, MODEL_FILES.shadows])
    await rm(path.join(folder, used), { recursive: true, force: true });
  const { commitment } = outcome.output;
  const made = { ...READY, commitment, registration: JSON.stringify(outcome.output) };
  return {
    write: async (tables) => {
      await tables.updateTable("models").set(made).where("id", "=", job.model).execute();
    },
    action: "model.registered",
    detail: { commitment },
  };
}

async function mark(services: Services, { job, options, task }: Doing<"mark">): Promise<JobResult> {
  const { kind: _, ...asked } = options;
  const folder = services.data.model(job.model);
  const secrets = await secretsOf(services, job);
  const outcome = await runTask("mark-copy", { folder, ...asked, ...secrets }, task);
  if (!outcome.done) return failed(job, outcome.failure);
  const made = { ...READY, marked: JSON.stringify(outcome.output) };
  return {
    write: async (tables) => {
      await tables.updateTable("copies").set(made).where("id", "=", options.copy).execute();
    },
    action: "model.marked",
    detail: { copy: options.copy, sha256: outcome.output.sha256 },
  };
}

async function secretsOf(
  services: Services,
  job: ModelJob,
): Promise<{ readonly ownerKey: Uint8Array; readonly payload: string | null }> {
  const { owner_key: id } = await findModel(services, job.model);
  const ownerKey = id === null ? null : await openOwnerKey(services, id);
  if (ownerKey === null)
    throw new VerifierError(
      "STATE_CONFLICT",
      "the owner key is no longer in the service",
      "Add it again, and register the model anew.",
    );
  const opened =
    job.payload === null
      ? null
      : await services.secrets.open(SEALED_FOR.payload(job.id), new Uint8Array(job.payload));
  return { ownerKey, payload: opened === null ? null : new TextDecoder().decode(opened) };
}
