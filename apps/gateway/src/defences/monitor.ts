import type { Calibration } from "@indicia/defence/monitor/calibration";
import { createMonitor, type Flag, type Monitor, type MonitorState } from "@indicia/defence/monitor/monitor";
import { sketchRows } from "@indicia/defence/monitor/sketch";
import { accountName } from "../account-name.js";
import { createThrottle, DEFAULT_THROTTLED_ROWS, type MonitorPolicy } from "../monitor/actions.js";
import type { Alerts } from "../monitor/alerts.js";
import { observedRows } from "../monitor/observed-rows.js";
import type { Observations } from "../ops/observations.js";
import type { Answer, Asked, Defence } from "./defence.js";
import { Refusal } from "./refusal.js";

export interface MonitorOptions {
  /** Of the model that is watched. */
  readonly calibration: Calibration;
  readonly policy: MonitorPolicy;
  /** Where alerts go; null for nowhere. */
  readonly alerts: Alerts | null;
  /** Told of every flag, where the policy logs. */
  readonly log?: (flag: Flag, model: string) => void;
  /** Told how accounts stand, and of every flag. */
  readonly observations?: Observations | null;
  /** What a monitor of the same calibration knew, to go on from. */
  readonly before?: MonitorState | null;
  /** Told that somebody was flagged, whatever the policy. */
  readonly flagged?: () => void;
}

/** The defence, and how accounts stand, for whoever shows them. */
export interface MonitorDefence extends Defence {
  readonly monitor: Monitor;
}

/** Watches who asks what of one model, and acts on accounts that copy it. */
export function monitorDefence(options: MonitorOptions): MonitorDefence {
  const { calibration, policy, alerts, log, observations = null, before = null, flagged } = options;
  const monitor = createMonitor(calibration, before);
  const throttle = createThrottle(policy.throttledRows ?? DEFAULT_THROTTLED_ROWS);
  const does = new Set(policy.actions);
  const tell = (flags: readonly Flag[], model: string): void => {
    if (flags.length > 0) flagged?.();
    for (const flag of flags) {
      observations?.alerted({ ...flag, model });
      observations?.stands(model, monitor.standing(flag.account));
      if (does.has("log")) log?.(flag, model);
      if (does.has("alert")) alerts?.send({ ...flag, model });
    }
  };
  const observe = (asked: Asked, answer: Answer): void => {
    const observed = observedRows(calibration.space, asked.feeds, answer);
    const { width, classes } = calibration.window;
    if (observed === null || observed.width !== width || answer.classes > classes) return;
    const account = accountName(asked);
    const sketches = sketchRows(calibration.window, observed);
    if (does.has("perturb")) asked.unusual = sketches.outside;
    const time = asked.time.getTime();
    for (let row = 0; row < answer.rows; row++) {
      const query = answer.queries[row] ?? null;
      tell(monitor.observe({ account, sketches, row, time, query }), asked.model.name);
    }
    if (observations === null && !does.has("perturb")) return;
    const standing = monitor.standing(account);
    observations?.stands(asked.model.name, standing);
    asked.suspicion = does.has("perturb") ? Math.max(asked.suspicion, standing.suspicion) : asked.suspicion;
  };
  /** Answers of the model that are looked at once they are under way. */
  const later = new WeakMap<Asked, Answer>();
  return {
    name: "monitor",
    monitor,
    admit(asked) {
      const account = accountName(asked);
      const { flag, suspicion } = monitor.standing(account);
      if (does.has("perturb")) asked.suspicion = Math.max(asked.suspicion, suspicion);
      if (flag === null) return;
      if (does.has("block")) throw blocked();
      if (!does.has("throttle")) return;
      const wait = throttle.take(account, asked.rows, asked.time.getTime());
      if (wait === null) return;
      throw new Refusal(429, "ACCOUNT_THROTTLED", "this account is slowed down", { retryAfter: wait });
    },
    handOut(caller) {
      if (does.has("block") && monitor.standing(accountName(caller)).flag !== null) throw blocked();
    },
    change(asked, answer) {
      // Only a perturbation of this very answer cannot wait for what it adds to the account's suspicion.
      if (does.has("perturb")) observe(asked, answer);
      else later.set(asked, answer);
      return answer;
    },
    learn(asked) {
      const answer = later.get(asked);
      if (answer !== undefined) observe(asked, answer);
    },
    close: async () => alerts?.close(),
  };
}

/** What is said is the same for every reason: a thief is not told what gave him away. */
function blocked(): Refusal {
  return new Refusal(403, "ACCOUNT_BLOCKED", "this account is blocked");
}
