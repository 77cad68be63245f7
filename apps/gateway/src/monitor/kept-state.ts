import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Calibration } from "@indicia/defence/monitor/calibration";
import { encodeCalibration } from "@indicia/defence/monitor/calibration-file";
import type { Monitor, MonitorState } from "@indicia/defence/monitor/monitor";
import { readState, stateLines } from "@indicia/defence/monitor/state-file";
import { writeDurably } from "@indicia/evidence/durable-file";
import { lockFile } from "@indicia/evidence/lock-file";
import { readIfThere } from "@indicia/evidence/query-index-file";

/** What a crash may lose: half a minute of a thief's questions. Flags are kept as soon as they are raised. */
const SAVE_MS = 30_000;
/** Accounts that are written between two looks at what else there is to do: some milliseconds. */
const AT_ONCE = 32;

export interface KeptStateOptions {
  readonly file: string;
  readonly calibration: Calibration;
  /** Told when it cannot be written; what is known goes on being known, and is tried again. */
  readonly onError: (error: unknown) => void;
  readonly saveMs?: number;
}

/** What a monitor knows, on disk. */
export interface KeptState {
  /** What it knew when the gateway ended; null where there is nothing yet. */
  readonly found: (MonitorState & { readonly sameCalibration: boolean }) | null;
  /** Write what a monitor knows from now on, again and again. */
  keep(monitor: Pick<Monitor, "state">): void;
  /** Write it now, for something has happened. */
  soon(): void;
  /** Write it once more, and give the file free. */
  close(): Promise<void>;
}

/**
 * Claim the file of what a monitor knows, and read it: who was noticed before the gateway ended is noticed after it.
 *
 * @throws DefenceError STATE_INVALID; EvidenceError CHAIN_LOCKED where another gateway has it
 */
export async function openKeptState({
  file,
  calibration,
  onError,
  saveMs = SAVE_MS,
}: KeptStateOptions): Promise<KeptState> {
  const lock = await lockFile(file);
  try {
    const hash = createHash("sha256").update(encodeCalibration(calibration)).digest("hex");
    const bytes = await readIfThere(file);
    const { dimensions } = calibration.window;
    const found = bytes === null ? null : readState(bytes, { calibration: hash, dimensions });
    const release = (): Promise<void> => lock.release();
    return { found, ...keeper({ save: (state) => writeState(file, state, hash), onError, saveMs, release }) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function writeState(file: string, state: MonitorState, hash: string): Promise<void> {
  const parts: Buffer[] = [];
  for (const line of stateLines(state, hash)) {
    parts.push(Buffer.from(line));
    if (parts.length % AT_ONCE === 0) await setImmediate();
  }
  await writeDurably(file, Buffer.concat(parts));
}

interface Keeping extends Required<Pick<KeptStateOptions, "onError" | "saveMs">> {
  readonly save: (state: MonitorState) => Promise<void>;
  readonly release: () => Promise<void>;
}

function keeper({ save, onError, saveMs, release }: Keeping): Omit<KeptState, "found"> {
  let monitor: Pick<Monitor, "state"> | null = null;
  let saved = "";
  let saving: Promise<void> = Promise.resolve();
  const saveOnce = async (): Promise<void> => {
    const state = monitor?.state();
    if (state === undefined || stampOf(state) === saved) return;
    const stamp = stampOf(state);
    try {
      await save(state);
      saved = stamp;
    } catch (error) {
      onError(error);
    }
  };
  const saveNext = (): Promise<void> => {
    saving = saving.then(saveOnce);
    return saving;
  };
  const timer = setInterval(() => void saveNext(), saveMs);
  timer.unref();
  return {
    keep: (kept) => (monitor = kept),
    soon: () => void saveNext(),
    async close() {
      clearInterval(timer);
      await saveNext();
      await release();
    },
  };
}

/** Differs once anybody asked, was flagged or was forgiven. */
function stampOf({ watched, flags }: MonitorState): string {
  let volume = 0;
  for (const { state } of watched.values()) volume += state.volume + state.seen;
  return `${watched.size} ${flags.length} ${volume}`;
}
