import type { Flag } from "@indicia/defence/monitor/monitor";
import { createGuardedFetch, type GuardedFetch } from "@indicia/suspects/guarded-fetch";

/** Alerts that wait for a slow receiver; more are dropped, and said to be. */
const MOST_WAITING = 256;
const TIMEOUT_MS = 10_000;
/** Nothing of a receiver's answer is read but whether it is one. */
const MAX_ANSWER_BYTES: number = 64 * 1024;
/** Attempts at delivering an alert. */
const ATTEMPTS = 3;

/** What a receiver of alerts is told. */
export interface Alert extends Flag {
  readonly model: string;
}

export interface Alerts {
  /** Never waits, and never throws: an answer does not depend on who listens to alerts. */
  send(alert: Alert): void;
  /** Resolves when what waits is delivered or given up. */
  close(): Promise<void>;
}

export interface WebhookOptions {
  readonly url: URL;
  /** Sent along, for example an authorisation. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the receiver may lie in a private network, default not. */
  readonly allowPrivate?: boolean;
  /** Told of alerts that did not arrive. */
  readonly onLost: (alert: Alert, reason: unknown) => void;
  /** Default a guarded fetch of its own. */
  readonly fetch?: GuardedFetch;
}

/** Posts alerts as JSON to an address, one after another. */
export function webhookAlerts(options: WebhookOptions): Alerts {
  const fetch =
    options.fetch ??
    createGuardedFetch({
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
      allowPrivate: options.allowPrivate ?? false,
    });
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  const deliver = async (alert: Alert): Promise<void> => {
    let reason: unknown = null;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        const { status } = await fetch({
          method: "POST",
          url: options.url,
          headers: { ...options.headers, "content-type": "application/json" },
          body: new TextEncoder().encode(JSON.stringify(alert)),
        });
        if (status < 400) return;
        reason = new Error(`the receiver of alerts answers ${status}`);
      } catch (error) {
        reason = error;
      }
    }
    options.onLost(alert, reason);
  };
  return {
    send(alert) {
      if (waiting >= MOST_WAITING) {
        options.onLost(alert, new Error("too many alerts wait"));
        return;
      }
      waiting++;
      last = last.then(() => deliver(alert)).finally(() => waiting--);
    },
    async close() {
      await last;
      await fetch.close();
    },
  };
}
