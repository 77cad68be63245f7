import { hkdfSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Flag } from "@indicia/defence/monitor/monitor";
import type { Logger } from "pino";
import { type MonitorDefence, monitorDefence } from "../defences/monitor.js";
import { perturbationDefence } from "../defences/perturbation.js";
import type { Defence, ServedModel } from "../defences/defence.js";
import { webhookAlerts } from "../monitor/alerts.js";
import { readCalibration } from "../monitor/calibrate-model.js";
import { openKeptState } from "../monitor/kept-state.js";
import { openKeptStrengths } from "../monitor/kept-strengths.js";
import { GatewayError } from "../error.js";
import { toldError } from "@indicia/service/told-error";
import type { Observations } from "../ops/observations.js";
import type { ModelConfig, MonitorConfig } from "./config.js";

/** Bytes of the perturbation's key. */
const KEY_BYTES = 32;
/** What the key is derived for, so that it says nothing of any other. */
const PURPOSE = "indicia-gateway/perturbation/1";

/**
 * The monitor of a model, as it is configured, going on from what it knew when the gateway ended.
 *
 * @throws DefenceError CALIBRATION_INVALID, STATE_INVALID; EvidenceError CHAIN_LOCKED
 */
export async function openMonitor(
  { calibration: file, state, webhook, actions, throttledRows }: MonitorConfig,
  log: Logger,
  observations: Observations | null,
): Promise<MonitorDefence> {
  const policy = { actions, ...(throttledRows === undefined ? {} : { throttledRows }) };
  const alerts =
    webhook === null
      ? null
      : webhookAlerts({
          url: new URL(webhook.url),
          headers: webhook.headers,
          allowPrivate: webhook.allowPrivate,
          onLost: (alert, reason) =>
            log.error({ alert, error: toldError(reason) }, "an alert did not arrive"),
        });
  const calibration = await readCalibration(file);
  const onError = (error: unknown): void =>
    log.error({ error: toldError(error) }, "what the monitor knows cannot be written");
  const kept = state === null ? null : await openKeptState({ file: state, calibration, onError });
  if (kept?.found?.sameCalibration === false)
    log.warn({ state }, "the monitor was calibrated anew: of what it knew, flags alone are kept");
  const defence = monitorDefence({
    calibration,
    policy,
    alerts,
    observations,
    before: kept?.found ?? null,
    flagged: () => kept?.soon(),
    log: (flag, model) => log.warn(flagMembers(flag, model), toldFlag(flag)),
  });
  kept?.keep(defence.monitor);
  return {
    ...defence,
    async close() {
      await kept?.close();
      await defence.close?.();
    },
  };
}

/** What a line of the log has beside its own time, which is the one that the flag was raised at. */
export function flagMembers(flag: Flag, model: string): Readonly<Record<string, unknown>> {
  const { account, seen, reason, score, pool } = flag;
  return { model, account, seen, reason, score, pool };
}

/** A lead, and no more: honest traffic that the calibration does not know is flagged too. */
function toldFlag({ reason, pool }: Flag): string {
  const who =
    pool === null || pool.length < 2 ? "this account behaves" : "this account and others like it behave";
  return `${who} unlike the honest traffic that the monitor was calibrated on: ${reason}`;
}

/**
 * The perturbation of a model, as it is configured. Of a model with one, only the scores that it works on are served.
 *
 * @throws GatewayError MODEL_UNSUITED, SECRET_SHORT; DefenceError OPTIONS_INVALID
 */
export async function openPerturbation(
  {
    name,
    perturbation,
    marking,
    monitor,
  }: Pick<ModelConfig, "name" | "perturbation" | "marking" | "monitor">,
  scores: Pick<ServedModel, "scores">,
): Promise<Defence | null> {
  const file = perturbation?.secret ?? marking?.gatewayKey ?? null;
  if (perturbation === null || file === null) return null;
  const { tail = "none", classes = 0 } = scores.scores ?? {};
  if (tail === "sigmoid" || classes < 2)
    throw new GatewayError(
      "MODEL_UNSUITED",
      `${name} answers yes or no for each class by itself, which no perturbation works on`,
      "Leave the perturbation out for this model.",
    );
  const { kind, budget, most, unusual } = perturbation;
  const key = await derivedKey(file);
  const state = strengthsFile({ perturbation, monitor });
  const options = {
    kind,
    key,
    ...(state === null ? {} : { strengths: await openKeptStrengths(state, key) }),
  };
  return perturbationDefence(scores, {
    ...options,
    ...(budget === null ? {} : { budget }),
    ...(most === null ? {} : { most }),
    ...(unusual === null ? {} : { unusual }),
  });
}

/** Where it is kept how strongly answers were perturbed: as is said, or beside what the monitor knows. */
export function strengthsFile({
  perturbation,
  monitor,
}: Pick<ModelConfig, "perturbation" | "monitor">): string | null {
  if (perturbation === null) return null;
  const beside = monitor?.state ?? null;
  return perturbation.state ?? (beside === null ? null : `${beside}.strengths`);
}

async function derivedKey(file: string): Promise<Uint8Array> {
  const secret = await readFile(file);
  if (secret.length < KEY_BYTES)
    throw new GatewayError(
      "SECRET_SHORT",
      `${file} holds ${secret.length} bytes`,
      `Write ${KEY_BYTES} random bytes or more.`,
    );
  return new Uint8Array(hkdfSync("sha256", secret, "", PURPOSE, KEY_BYTES));
}
