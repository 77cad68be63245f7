import { constants } from "node:fs";
import { access as mayAccess, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { loadData } from "@indicia/data/load-data";
import { readAcceptances } from "@indicia/evidence/acceptances";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { requireOwner } from "@indicia/evidence/signed-chain";
import { currentTerms, readTerms } from "@indicia/evidence/terms";
import { openJwtReader } from "../access/jwt.js";
import { readKeys } from "../access/key-file.js";
import { isLive } from "../access/key-records.js";
import type { Marking } from "../marking.js";
import { readCalibration } from "../monitor/calibrate-model.js";
import { createLog } from "../ops/log.js";
import { verifiedLog } from "../query-log-state.js";
import type { TermsOptions } from "../terms-desk.js";
import type { AccessConfig, GatewayConfig, MarkingConfig, ModelConfig, MonitorConfig } from "./config.js";
import { prepareModel } from "./open-models.js";
import { downloadsTold } from "./open-downloads.js";
import { openCounts } from "./open-parts.js";
import { configWarnings, downloadWarnings, keyWarnings, type Warning } from "./warnings.js";
import { strengthsFile } from "./open-watch.js";

/** What was found of one part of a configuration. */
export interface Checked {
  /** Such as `models[0] magika`. */
  readonly part: string;
  readonly ok: boolean;
  /** Whether it works and is probably not meant. */
  readonly warning: boolean;
  /** What was found, or what is wrong. */
  readonly told: string;
  /** Code of the error, or null. */
  readonly code: string | null;
  readonly hint: string | null;
}

type Parties = Pick<Marking, "parties" | "knows"> & { readonly name: string };

/**
 * Open everything that a configuration names, as serving would, and close it again. Nothing is written, so that a gateway
 * may be running on the same files; only in a database tables are made where there are none.
 *
 * @param data file of rows to measure customers' marks on, or null for the registered calibration rows
 */
export async function checkConfig(
  config: GatewayConfig,
  clock: () => Date,
  data: string | null = null,
): Promise<readonly Checked[]> {
  const checks: Checked[] = [];
  const parties: Parties[] = [];
  const check = async (part: string, look: () => Promise<string>): Promise<void> => {
    checks.push(await checked(part, look));
  };
  for (const [i, model] of config.models.entries()) {
    const part = `models[${i}] ${model.name}`;
    const unwatched = model.monitor === null ? null : await missing(`${part}, monitor`, model.monitor);
    // What else is wrong with the model does not wait until its monitor is there.
    const found = unwatched === null ? model : { ...model, monitor: null };
    if (unwatched !== null) checks.push(unwatched);
    await check(part, async () => await modelTold(found, config, { clock, parties, data }));
  }
  const { access, terms, limits, ops, vault } = config;
  const warnings: Warning[] = [];
  if (access !== null) await checkAccess(access, { config, parties, clock, check, warnings });
  if (terms !== null) await check("terms", async () => await termsTold(terms, parties, clock));
  if (limits !== null) {
    await check("limits", async () => {
      await (await openCounts(limits)).close();
      const where = limits.store === "memory" ? "in memory, for this process alone" : "in PostgreSQL";
      return `${limits.rules.length} rules, counted ${where}`;
    });
  }
  if (vault !== null) await check("vault", async () => await downloadsTold(vault, config, clock));
  const { host, port } = config.listen;
  checks.push(passed("listen", `${host}:${port}${access === null ? "; nobody has to show who he is" : ""}`));
  if (ops.metrics !== null) checks.push(passed("ops", `figures on ${ops.metrics.host}:${ops.metrics.port}`));
  warnings.push(...configWarnings(config));
  return [...checks, ...warnings.map((each) => ({ ...each, ok: true, warning: true, code: null }))];
}

/** What keeps a monitor from being opened, or null. */
async function missing(part: string, { calibration }: MonitorConfig): Promise<Checked | null> {
  const found = await checked(part, async () => {
    await readCalibration(calibration);
    return "";
  });
  return found.ok ? null : found;
}

async function checked(part: string, look: () => Promise<string>): Promise<Checked> {
  try {
    return passed(part, await look());
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && "code" in error ? String(error.code) : "GATEWAY_FAILED";
    const hint = error instanceof Error && "hint" in error ? String(error.hint) : null;
    return { part, ok: false, warning: false, told: message, code, hint };
  }
}

function passed(part: string, told: string): Checked {
  return { part, ok: true, warning: false, told, code: null, hint: null };
}

async function modelTold(
  model: ModelConfig,
  config: GatewayConfig,
  {
    clock,
    parties,
    data,
  }: { readonly clock: () => Date; readonly parties: Parties[]; readonly data: string | null },
): Promise<string> {
  const { marking: marks, logged, outputs, monitor, perturbation } = model;
  // The log is looked at by itself: to open it would keep a running gateway from it.
  const unlogged = marks === null ? null : { ...marks, logged: null };
  // So is what its monitor knows, which a running gateway holds.
  const watched = monitor === null ? null : { ...monitor, state: null };
  const one = {
    ...model,
    monitor: watched,
    perturbation: perturbation === null ? null : { ...perturbation, state: null },
    marking: unlogged,
    logged: null,
    batching: { ...model.batching, threads: 1 },
  };
  const prepared = await prepareModel(one, config, {
    clock,
    logger: createLog("silent"),
    purpose: "checked",
  });
  const { marking, scores } = prepared;
  await prepared.monitor?.close?.();
  await prepared.perturbation?.close?.();
  const live = marking === null ? await prepared.open() : null;
  await live?.close();
  const change = marking === null ? null : await measured(marking, data);
  if (marking !== null) parties.push({ name: model.name, parties: marking.parties, knows: marking.knows });
  const told = [
    scores === null ? `${live?.outputs.length ?? 0} outputs` : `${scores.classes} classes`,
    `shown as ${outputs.kind}`,
    marks === null || marking === null ? "not marked" : await marksTold(marks, marking),
    ...(logged === null ? [] : [`logged (${await logTold(logged, null)})`]),
    ...(monitor === null ? [] : [`watched (${monitor.actions.join(", ")}${await stateTold(monitor.state)})`]),
    ...(perturbation === null
      ? []
      : [`perturbed by ${perturbation.kind}${await strengthsTold(strengthsFile(model))}`]),
    ...(change === null ? [] : [change]),
  ];
  return told.join(", ");
}

/** What customers' marks change; closes what marks. @param data file of rows, or null for the registered ones */
async function measured(marking: Marking, data: string | null): Promise<string | null> {
  try {
    return await marking.measure(data === null ? undefined : async (inputs) => await loadData(data, inputs));
  } finally {
    await marking.close();
  }
}

async function marksTold(
  { customers, logged }: MarkingConfig,
  { parties }: Pick<Marking, "parties">,
): Promise<string> {
  const marks = [
    ...(customers === null ? [] : ["for its customers"]),
    ...(logged === null ? [] : [`by its log (${await logTold(logged, parties.registration.commitment)})`]),
  ];
  return `marked ${marks.join(" and ")} under registration ${parties.registration.commitment.slice(0, 16)}`;
}

/** Whether what a monitor knows can be kept, and is. */
async function stateTold(state: string | null): Promise<string> {
  if (state === null) return "; a restart forgets who was flagged";
  await mayAccess(path.dirname(state), constants.W_OK);
  return "";
}

/** Whether queries are answered at the same strength again after a restart. */
async function strengthsTold(state: string | null): Promise<string> {
  if (state === null) return "; a restart forgets how strongly queries were answered";
  await mayAccess(path.dirname(state), constants.W_OK);
  return "";
}

/** Whether a query log is whole and can be gone on with, or can be begun. */
async function logTold(folder: string, registration: string | null): Promise<string> {
  const found = await stat(folder).catch(() => null);
  if (found !== null && !found.isDirectory()) throw new RangeError(`${folder} is no folder`);
  await mayAccess(found === null ? path.dirname(folder) : folder, constants.W_OK);
  return found === null ? "to be begun" : await verifiedLog(folder, registration);
}

async function checkAccess(
  { keys, jwt, mtls }: AccessConfig,
  {
    config,
    parties,
    clock,
    check,
    warnings,
  }: {
    readonly config: GatewayConfig;
    readonly parties: readonly Parties[];
    readonly clock: () => Date;
    readonly check: (part: string, look: () => Promise<string>) => Promise<void>;
    readonly warnings: Warning[];
  },
): Promise<void> {
  if (keys !== null) {
    await check("access.keys", async () => {
      const records = [...(await readKeys(keys)).values()];
      const live = records.filter((record) => isLive(record, clock()));
      warnings.push(...keyWarnings(live, parties), ...downloadWarnings(live, config));
      requireCustomers(
        live.flatMap(({ customer }) => customer ?? []),
        parties,
      );
      return `${live.length} of ${records.length} keys are live`;
    });
  }
  if (jwt !== null) {
    await check("access.jwt", async () => {
      const reader = await openJwtReader(jwt);
      try {
        await reader.fetchKeys();
      } finally {
        await reader.close();
      }
      return `the keys of ${jwt.issuer} are there`;
    });
  }
  if (mtls !== null) {
    await check("access.mtls", async () => {
      requireCustomers(
        mtls.accounts.flatMap(({ customer }) => customer ?? []),
        parties,
      );
      return `${mtls.accounts.length} certificates, by ${mtls.header}`;
    });
  }
}

/** An account whose customer is in no register would be refused at every marked model. */
function requireCustomers(customers: readonly string[], parties: readonly Parties[]): void {
  const registers = parties.flatMap(({ knows }) => knows ?? []);
  const unknown = customers.find((customer) => !registers.some((knows) => knows(customer)));
  if (unknown !== undefined && registers.length > 0)
    throw new RangeError(`customer ${unknown} is in no register of a model that is served`);
}

async function termsTold(
  { file, acceptances, version }: TermsOptions,
  parties: readonly Parties[],
  clock: () => Date,
): Promise<string> {
  const terms = readTerms(await readFile(file), { sha256: nativeSha256 });
  const owner = parties.find(({ knows }) => knows !== null)?.parties.registration;
  if (owner !== undefined) requireOwner(terms.chain, owner);
  if (version !== null && !terms.versions.some((each) => each.version === version))
    throw new RangeError(`the terms have no version "${version}"`);
  const now = version ?? currentTerms(terms.versions, clock())?.version ?? null;
  const log = await readFile(acceptances).catch(() => null);
  const accepted = log === null ? 0 : readAcceptances(log, { sha256: nativeSha256 }).entries.length;
  if (log === null) await mayAccess(path.dirname(acceptances), constants.W_OK);
  return `${now === null ? "none is in force yet" : `version ${now} is in force`}, accepted ${accepted} times`;
}
