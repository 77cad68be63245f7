import { buildModel } from "@indicia/onnx/build";
import type { Tensor } from "@indicia/onnx/tensor";
import { afterEach, expect, it } from "vitest";
import { openSession } from "./session.js";
import { openSessionThreads, type SessionThreads } from "./session-threads.js";

const table: Tensor = { type: "float32", dims: [4], data: Float32Array.of(1, 0.1, 2, 3) };
const model = buildModel({
  inputs: [{ name: "i", type: "int64", dims: ["N"] }],
  outputs: [{ name: "y", type: "float32", dims: ["N"] }],
  nodes: [
    { op: "Gather", inputs: ["table", "i"], outputs: ["found"] },
    { op: "Exp", inputs: ["found"], outputs: ["y"] },
  ],
  initializers: { table },
});
const asking = (...index: number[]): Record<string, Tensor> => ({
  i: { type: "int64", dims: [index.length], data: BigInt64Array.from(index, BigInt) },
});
const opened: SessionThreads[] = [];
async function open(source: string | Uint8Array = model, workers = 2): Promise<SessionThreads> {
  const taps = source === model ? ["found"] : [];
  const threads = await openSessionThreads(source, { workers, taps });
  opened.push(threads);
  return threads;
}
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

it("answers with the same bytes as one session in place, whichever thread answers", async () => {
  const threads = await open();
  const session = await openSession(model, { taps: ["found"] });
  const feeds = asking(3, 0, 1);
  const expected = await session.run(feeds);
  await session.close();
  expect([threads.size, threads.inputs, threads.outputs]).toEqual([2, session.inputs, session.outputs]);
  const answers = await Promise.all(Array.from({ length: 6 }, () => threads.run(feeds, ["y", "found"])));
  for (const answer of answers) expect(answer).toEqual(expected);
});

it("takes a part of a larger buffer, which stays with the caller", async () => {
  const threads = await open();
  const data = BigInt64Array.of(9n, 9n, 2n, 0n).subarray(2);
  const answer = await threads.run({ i: { type: "int64", dims: [2], data } }, ["found"]);
  expect(answer["found"]?.data).toEqual(Float32Array.of(2, 1));
  expect(data).toEqual(BigInt64Array.of(2n, 0n));
});

it("fails one run without failing the others", async () => {
  const threads = await open(model, 1);
  const [bad, good] = await Promise.allSettled([
    threads.run(asking(7), ["y"]),
    threads.run(asking(2), ["found"]),
  ]);
  expect(bad).toMatchObject({ status: "rejected", reason: { code: "RUN_FAILED" } });
  expect(good).toMatchObject({ status: "fulfilled" });
  await expect(threads.run(asking(1), ["z"])).rejects.toMatchObject({ code: "OUTPUT_UNKNOWN" });
});

it("says what is wrong with a model, and leaves no thread behind", async () => {
  await expect(open(new Uint8Array(9))).rejects.toMatchObject({ code: "MODEL_INVALID" });
  await expect(open("missing.onnx")).rejects.toMatchObject({ code: "MODEL_NOT_FOUND" });
});

it("abandons what it was doing when it is closed", async () => {
  const threads = await open();
  const asked = Promise.allSettled([threads.run(asking(1), ["y"])]);
  await threads.close();
  expect(await asked).toMatchObject([{ status: "rejected" }]);
  await expect(threads.run(asking(1), ["y"])).rejects.toThrow("closed");
});
