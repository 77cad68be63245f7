import { describe, expect, it } from "vitest";
import { alternate, type Measured, measure } from "./process.js";
import { median } from "./speed/median.js";

const node = (code: string): Promise<Measured> => measure(process.execPath, ["-e", code]);

describe("measure", () => {
  it.runIf(process.platform === "linux")("measures time, and the memory of the child alone", async () => {
    // Larger than the child will ever be: were it counted, the child's peak would show it.
    const ballast = Buffer.alloc(400e6, 1);
    const small = await node("console.log('done'); setTimeout(() => {}, 100)");
    expect(small).toMatchObject({ stdout: "done\n", stderr: "", code: 0 });
    expect(small.peakBytes).toBeGreaterThan(20e6);
    expect(small.peakBytes).toBeLessThan(200e6);
    expect(ballast.at(-1)).toBe(1);
    // What was given back before the end counts as well.
    const large = await node(
      "let b = new ArrayBuffer(250e6); new Uint8Array(b).fill(1); structuredClone(b, { transfer: [b] });" +
        "setTimeout(() => {}, 300)",
    );
    expect(large.peakBytes).toBeGreaterThan(250e6);
    expect(large.seconds).toBeGreaterThan(0.3);
  });

  it("tells how a command failed, or throws where that was asked for", async () => {
    const args = ["-e", "console.error('CODE: wrong'); process.exitCode = 3"];
    expect(await measure(process.execPath, args)).toMatchObject({ code: 3, stderr: "CODE: wrong\n" });
    expect(await measure(process.execPath, args, { codes: [0, 3] })).toMatchObject({ code: 3 });
    const failing = measure(process.execPath, args, { codes: [0] });
    await expect(failing).rejects.toMatchObject({ code: "COMMAND_FAILED" });
    await expect(failing).rejects.toThrow("CODE: wrong");
    await expect(measure("no-such-program-anywhere", [])).rejects.toMatchObject({ code: "PROGRAM_MISSING" });
  });

  it("passes the environment and the folder on", async () => {
    const code = "console.log(process.env.SAMPLE, process.env.PATH !== undefined, process.cwd())";
    const { stdout } = await measure(process.execPath, ["-e", code], { env: { SAMPLE: "x" }, cwd: "/" });
    expect(stdout).toBe("x true /\n");
  });
});

describe("alternate", () => {
  it("alternates the order, prepares every round, and gives medians", async () => {
    const order: string[] = [];
    const variant = (name: string, seconds: number[], peakBytes: number | null) => ({
      name,
      prepare: async () => {
        order.push(`prepare ${name}`);
      },
      run: async () => {
        order.push(name);
        return { seconds: seconds.shift() ?? Number.NaN, peakBytes };
      },
    });
    const results = await alternate(3, [variant("a", [3, 1, 2], 5), variant("b", [4, 4, 7], null)]);
    expect(order.filter((step) => !step.startsWith("prepare"))).toEqual(["a", "b", "b", "a", "a", "b"]);
    expect(order.slice(0, 2)).toEqual(["prepare a", "a"]);
    expect(results).toEqual([
      { name: "a", seconds: [3, 1, 2], medianSeconds: 2, peakBytes: 5 },
      { name: "b", seconds: [4, 4, 7], medianSeconds: 4, peakBytes: null },
    ]);
  });
});

describe("median", () => {
  it("is the middle, or between the two in the middle", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 10])).toBe(3);
    expect(() => median([])).toThrow(RangeError);
  });
});
