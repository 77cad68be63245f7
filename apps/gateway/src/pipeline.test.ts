import { describe, expect, it } from "vitest";
import type { Defence } from "./defences/defence.js";
import { answer } from "./pipeline.js";
import type { LiveModel } from "./serving/live-model.js";
import { callerWith } from "./test-support/caller.js";

/** y is x. */
const MODEL: LiveModel = {
  name: "echo",
  version: "1",
  inputs: [{ name: "x", type: "float32", dims: [null, 1] }],
  outputs: [{ name: "y", type: "float32", dims: [null, 1] }],
  features: false,
  scores: null,
  run: async ({ x }) => ({ outputs: x === undefined ? {} : { y: x }, scores: null }),
  close: async () => undefined,
};
const x = { type: "float32", dims: [1, 1], data: Float32Array.of(7) } as const;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** An answer whose record is under way until the test ends it. */
function asked(more: Partial<Defence> = {}): {
  readonly done: string[];
  readonly end: (error?: Error) => void;
  readonly answered: Promise<PromiseSettledResult<string>>;
} {
  const done: string[] = [];
  let end: (error?: Error) => void = () => undefined;
  const recorder: Defence = {
    name: "query-log",
    record: () => {
      done.push("record begun");
      return new Promise((resolve, reject) => {
        end = (error) => (error === undefined ? resolve() : reject(error));
      });
    },
  };
  const monitor: Defence = { name: "monitor", learn: () => void done.push("learnt"), ...more };
  const question = { feeds: { x }, rows: 1, outputs: ["y"] };
  const answering = answer(
    { model: MODEL, defences: [monitor, recorder] },
    callerWith({}),
    question,
    ({ y }) => {
      done.push("written");
      return `y is ${String(y?.data[0])}`;
    },
  );
  const answered = Promise.allSettled([answering]).then(([settled]) => {
    done.push("answered");
    return settled;
  });
  return { done, end: (error) => end(error), answered };
}

describe("while a record is on its way to disk", () => {
  it("the monitor learns and the answer is written, and nothing is said", async () => {
    const { done, end, answered } = asked();
    await turn();
    await turn();
    expect(done).toEqual(["record begun", "learnt", "written"]);
    end();
    expect(await answered).toEqual({ status: "fulfilled", value: "y is 7" });
  });

  it("what cannot be recorded is never said", async () => {
    const { done, end, answered } = asked();
    await turn();
    end(new Error("no space left on device"));
    expect(await answered).toMatchObject({
      status: "rejected",
      reason: { message: "no space left on device" },
    });
    expect(done).toEqual(["record begun", "learnt", "written", "answered"]);
  });

  it("what a defence cannot learn from fails, and a record that fails after it is not left unheard", async () => {
    const { end, answered } = asked({
      learn: () => {
        throw new Error("no sense");
      },
    });
    expect(await answered).toMatchObject({ status: "rejected", reason: { message: "no sense" } });
    end(new Error("too late"));
    await turn();
  });
});
