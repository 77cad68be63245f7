import { fromBase64, toBase64 } from "@indicia/evidence/base64";
import { float64Bytes, float64Values } from "@indicia/evidence/numbers";
import { z } from "zod";
import { DefenceError } from "../error.js";
import { type AccountState, newAccount } from "./account.js";
import type { Flag, MonitorState, WatchedAccount } from "./monitor.js";
import type { Tally } from "./tally.js";

const FORMAT = "indicia-monitor-state/1";
/** Longest file read: all accounts that are watched at a time, with all that is known of each. */
const MAX_BYTES: number = 512 * 2 ** 20;

/** Little-endian float64 as base64. */
const floats = z.string().transform((text) => float64Values(fromBase64(text)));
const count = z.int().min(0);
const finite = z.number();
const name = z.string().max(1000);
const tallySchema = z.strictObject({
  weight: finite,
  squares: finite,
  outside: finite,
  low: finite,
  texture: finite,
  drift: floats,
});
const accountSchema = z.strictObject({
  account: name,
  largest: finite.nullable(),
  remembered: z.array(z.string().max(128)).max(1000),
  seen: count,
  halves: z.tuple([tallySchema, tallySchema]),
  cells: floats,
  distances: z.strictObject({
    seen: count,
    kept: count,
    points: floats,
    classes: floats,
    measured: count,
    recent: floats,
  }),
  volume: finite,
  latest: finite.nullable(),
});
const headSchema = z.strictObject({
  format: z.literal(FORMAT),
  calibration: z.string().regex(/^[0-9a-f]{64}$/),
  accounts: count,
  pools: z.array(z.array(name)),
  flags: z.array(
    z.strictObject({
      account: name,
      time: finite,
      seen: count,
      reason: z.string().max(100),
      score: finite,
      pool: z.array(name).nullable(),
    }),
  ),
});

/**
 * What a monitor knows as lines of JSON, one for each account: they can be made one by one, with time for others between.
 *
 * @param calibration SHA-256 of the calibration's file, hex
 */
export function* stateLines({ watched, flags, pools }: MonitorState, calibration: string): Generator<string> {
  const accounts = [...watched];
  yield line({ format: FORMAT, calibration, accounts: accounts.length, pools, flags });
  for (const [account, { state, largest, remembered }] of accounts) {
    const { seen, halves, cells, distances, volume, latest } = state;
    const { kept, points, classes } = distances;
    const dimensions = points.length / classes.length;
    yield line({
      account,
      largest: Number.isFinite(largest) ? largest : null,
      remembered,
      seen,
      halves,
      cells,
      distances: {
        ...distances,
        points: Float64Array.from(points.subarray(0, kept * dimensions)),
        classes: Float64Array.from(classes.subarray(0, kept)),
      },
      volume,
      latest,
    });
  }
}

function line(value: unknown): string {
  const text = JSON.stringify(value, (_, each: unknown) =>
    each instanceof Float64Array ? toBase64(float64Bytes(each)) : each,
  );
  return `${text}\n`;
}

/**
 * Read what a monitor knew. Of another calibration the flags alone are kept: what was tallied is on another scale.
 *
 * @param given.calibration SHA-256 of the calibration's file, hex, and the dimensions of its window
 * @throws DefenceError STATE_INVALID
 */
export function readState(
  bytes: Uint8Array,
  given: { readonly calibration: string; readonly dimensions: number },
): MonitorState & { readonly sameCalibration: boolean } {
  if (bytes.length > MAX_BYTES) throw invalid(`it has ${bytes.length} bytes`);
  try {
    const [first = "", ...rest] = new TextDecoder().decode(bytes).split("\n");
    const head = headSchema.parse(JSON.parse(first));
    if (rest.pop() !== "" || rest.length !== head.accounts) throw new RangeError("it was cut");
    const sameCalibration = head.calibration === given.calibration;
    const watched = new Map(sameCalibration ? rest.map((text) => accountOf(text, given.dimensions)) : []);
    const flags = head.flags as readonly Flag[];
    return { watched, flags, pools: sameCalibration ? head.pools : [], sameCalibration };
  } catch (cause) {
    throw invalid(cause instanceof RangeError ? cause.message : "it is no state of a monitor", cause);
  }
}

function accountOf(text: string, dimensions: number): [string, WatchedAccount] {
  const { account, largest, remembered, ...read } = accountSchema.parse(JSON.parse(text));
  const state: AccountState = newAccount(dimensions);
  const { kept, points, classes, recent } = read.distances;
  state.seen = read.seen;
  state.volume = read.volume;
  state.latest = read.latest;
  for (const [i, half] of read.halves.entries()) takeTally(state.halves[i === 0 ? 0 : 1], half);
  fill(state.cells, read.cells);
  Object.assign(state.distances, { seen: read.distances.seen, kept, measured: read.distances.measured });
  fill(state.distances.recent, recent);
  if (kept > state.distances.classes.length || classes.length !== kept || points.length !== kept * dimensions)
    throw new RangeError("its points are not as many as it says");
  state.distances.points.set(points);
  state.distances.classes.set(classes);
  return [account, { state, largest: largest ?? Number.NEGATIVE_INFINITY, remembered }];
}

function takeTally(to: Tally, { drift, ...sums }: Tally): void {
  Object.assign(to, sums);
  fill(to.drift, drift);
}

function fill(to: Float64Array, from: Float64Array): void {
  if (from.length !== to.length || !from.every(Number.isFinite))
    throw new RangeError("its numbers are not as many as they should be, or not finite");
  to.set(from);
}

function invalid(what: string, cause?: unknown): DefenceError {
  return new DefenceError(
    "STATE_INVALID",
    `what the monitor knew cannot be read: ${what}`,
    "Restore the file, or move it away to begin anew: then nobody is flagged any more.",
    { cause },
  );
}
