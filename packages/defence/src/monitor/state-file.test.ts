import { beforeAll, expect, it } from "vitest";
import { randomNumbers } from "@indicia/data/random-numbers";
import { CLASSES, clouds } from "../test-support/clouds.js";
import { calibrate } from "./calibrate.js";
import type { Calibration } from "./calibration.js";
import { createMonitor, type Flag, type Monitor } from "./monitor.js";
import { type Sketches, sketchRows } from "./sketch.js";
import { readState, stateLines } from "./state-file.js";

const HASH = "ab".repeat(32);
let calibration: Calibration;
let fresh: Sketches;
let foreign: Sketches;
beforeAll(async () => {
  calibration = await calibrate(clouds(4000, "benign"), { classes: CLASSES, horizon: 300, level: 0.05 });
  fresh = sketchRows(calibration.window, clouds(2000, "fresh"));
  foreign = sketchRows(calibration.window, clouds(2000, "foreign", 0.6));
});

const numbers = randomNumbers("state");
interface Asked {
  readonly account: string;
  readonly sketches: Sketches;
  readonly row: number;
  readonly time: number;
  readonly query: string | null;
}
/** Traffic of honest accounts, a thief, and thieves who share the work. */
const traffic = (count: number, from: number): Asked[] =>
  Array.from({ length: count }, (_, i) => {
    const account = ["alice", "bob", "thief", "one", "two"][i % 5] ?? "";
    const sketches = i % 5 < 2 ? fresh : foreign;
    const row = numbers.below(2000);
    const query = i % 7 === 0 ? `query ${row % 20}` : null;
    return { account, sketches, row, time: (from + i) * 1000, query };
  });
const ask = (monitor: Monitor, asked: readonly Asked[]): Flag[] =>
  asked.flatMap((each) => [...monitor.observe(each)]);
const bytesOf = (monitor: Monitor): Uint8Array =>
  new TextEncoder().encode([...stateLines(monitor.state(), HASH)].join(""));
const read = (bytes: Uint8Array, hash = HASH): ReturnType<typeof readState> =>
  readState(bytes, { calibration: hash, dimensions: calibration.window.dimensions });

it("a monitor goes on from its state as if it had never ended", () => {
  const [before, after] = [traffic(400, 0), traffic(1500, 400)];
  const whole = createMonitor(calibration);
  const early = ask(whole, before);
  const saved = read(bytesOf(whole));
  expect(saved.pools.flat().toSorted()).toEqual(["alice", "bob", "one", "thief", "two"]);
  const resumed = createMonitor(calibration, saved);
  expect(resumed.standings()).toEqual(whole.standings());
  const [expected, found] = [ask(whole, after), ask(resumed, after)];
  expect(found).toEqual(expected);
  expect(resumed.standings()).toEqual(whole.standings());
  expect(early.length + expected.length).toBeGreaterThan(0);
  expect(resumed.state().pools).toEqual(whole.state().pools);
});

it("under another calibration flags are kept, and nothing else", () => {
  const monitor = createMonitor(calibration);
  ask(monitor, traffic(2500, 0));
  const flagged = monitor.standings().filter(({ flag }) => flag !== null);
  expect(flagged.length).toBeGreaterThan(0);
  const kept = createMonitor(calibration, read(bytesOf(monitor), "cd".repeat(32)));
  expect(kept.standings().map(({ account, seen, flag }) => [account, seen, flag])).toEqual(
    flagged.map(({ account, flag }) => [account, 0, flag]),
  );
});

it("what was cut or altered is refused", () => {
  const monitor = createMonitor(calibration);
  ask(monitor, traffic(100, 0));
  const text = new TextDecoder().decode(bytesOf(monitor));
  const lines = text.split("\n");
  for (const wrong of [
    "",
    "{}\n",
    text.slice(0, -1),
    lines.toSpliced(2, 1).join("\n"),
    text.replace("state/1", "state/2"),
    text.replace('"seen":20', '"seen":-1'),
    text.replace(/"drift":"[^"]{12}/, '"drift":"'),
    text.replace(/"kept":\d+/, '"kept":999'),
  ])
    expect(() => read(new TextEncoder().encode(wrong))).toThrow(
      expect.objectContaining({ code: "STATE_INVALID" }) as Error,
    );
});
