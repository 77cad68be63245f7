import type { AuditEntries } from "@indicia/vault/audit-entries";

/** Shortest time between two lines on refusals of one kind: who asks without end must not fill the log. */
const QUIET_MS = 60_000;

/** One kind of refusal. There are only so many: accounts have keys, models are configured, and codes are ours. */
export type RefusalKind = Omit<AuditEntries["refused"], "times">;

/** Notes every refusal: the first of its kind at once, the next ones counted, in one line each minute. */
export interface RefusalNotes {
  note(kind: RefusalKind): void;
  /** Note what was counted, and no more. */
  close(): void;
}

/** @param write notes a line; what it could not note is counted into a later one */
export function refusalNotes(
  write: (entry: AuditEntries["refused"]) => Promise<void>,
  quietMs: number = QUIET_MS,
): RefusalNotes {
  const counted = new Map<string, { readonly kind: RefusalKind; times: number }>();
  const put = (key: string, kind: RefusalKind, times: number): void => {
    const since = { kind, times: 0 };
    counted.set(key, since);
    write({ ...kind, times }).catch(() => {
      since.times += times;
    });
  };
  const flush = (): void => {
    for (const [key, { kind, times }] of counted) {
      // What did not come again is forgotten, and the next one is the first.
      if (times === 0) counted.delete(key);
      else put(key, kind, times);
    }
  };
  const timer = setInterval(flush, quietMs);
  timer.unref();
  return {
    note(kind) {
      const { name, recipient, account, code } = kind;
      const key = JSON.stringify([name, recipient, account, code]);
      const known = counted.get(key);
      if (known === undefined) put(key, kind, 1);
      else known.times += 1;
    },
    close() {
      clearInterval(timer);
      flush();
    },
  };
}
