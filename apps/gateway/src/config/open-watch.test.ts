import { expect, it } from "vitest";
import { createLog } from "../ops/log.js";
import { flagMembers } from "./open-watch.js";

it("gives a line of the log one time, and everything else of a flag", () => {
  const lines: string[] = [];
  const log = createLog("info", { write: (line) => void lines.push(line) });
  const flag = { account: "mallory", time: 5, seen: 50, reason: "drift", score: 3, pool: null } as const;
  log.warn(flagMembers(flag, "glyphs"), "told");
  const [line = ""] = lines;
  expect(line.match(/"time":/g)).toHaveLength(1);
  const { time, level, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
  expect(time).toMatch(/^\d{4}-\d{2}-\d{2}T/);
  expect([level, msg]).toEqual(["warn", "told"]);
  expect(rest).toEqual({
    model: "glyphs",
    account: "mallory",
    seen: 50,
    reason: "drift",
    score: 3,
    pool: null,
  });
});
