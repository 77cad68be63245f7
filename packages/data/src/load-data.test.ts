import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fingerprint } from "./fingerprint.js";
import { loadData } from "./load-data.js";
import { writeNpy } from "./npy.js";
import { writeNpz } from "./npz.js";

const x: ValueInfo = { name: "x", type: "float32", dims: ["N", 2] };
const y: ValueInfo = { name: "y", type: "int32", dims: ["N", 1] };
const array: Tensor = { type: "float32", dims: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
const ids: Tensor = { type: "int64", dims: [2, 1], data: BigInt64Array.of(5n, 6n) };

let folder = "";

async function file(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "indicia-data-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe("loadData", () => {
  it("loads .npy", async () => {
    const loaded = await loadData(await file("some.npy", writeNpy(array)), [x]);
    expect(loaded).toEqual({
      rows: 2,
      tensors: { x: array },
      sha256: fingerprint({ x: array }),
      random: false,
      kind: "npy",
      notes: [],
    });
  });

  it("loads .npz by name, converting types", async () => {
    const loaded = await loadData(await file("some.npz", writeNpz({ x: array, y: ids })), [x, y]);
    expect(loaded.kind).toBe("npz");
    expect(loaded.tensors["y"]).toEqual({ type: "int32", dims: [2, 1], data: Int32Array.of(5, 6) });
    expect(loaded.notes).toEqual(['input "y": int64 converted to int32']);
  });

  it("loads .csv and .csv.gz for one input and for several", async () => {
    const one = await loadData(await file("one.csv", "a,b\n1,2\n3,4\n"), [x]);
    expect(one.tensors["x"]).toEqual(array);
    const several = await loadData(await file("two.csv.gz", gzipSync("y,x[0],x[1]\n5,1,2\n6,3,4\n")), [x, y]);
    expect(several.tensors["x"]).toEqual(array);
    expect(several.tensors["y"]?.data).toEqual(Int32Array.of(5, 6));
  });

  it("hashes what it gives, whatever the file was", async () => {
    const npy = await loadData(await file("same.npy", writeNpy(array)), [x]);
    const csv = await loadData(await file("same.csv", "1,2\n3,4\n"), [x]);
    expect(csv.sha256).toBe(npy.sha256);
    const limited = await loadData(join(folder, "same.npy"), [x], { limit: 1 });
    expect(limited.rows).toBe(1);
    expect(limited.sha256).not.toBe(npy.sha256);
  });

  it("draws random data and says so", async () => {
    const drawn = await loadData("random:3", [x], { seed: 1 });
    expect(drawn).toMatchObject({ rows: 3, random: true, kind: "random" });
    expect(drawn.notes).toHaveLength(1);
    expect((await loadData("random:3", [x], { seed: 1 })).sha256).toBe(drawn.sha256);
    expect((await loadData("random:3", [x], { seed: 2 })).sha256).not.toBe(drawn.sha256);
  });

  it.each(["random:", "random:-1", "random:1e9", "random:x"])("refuses %s", async (spec) => {
    await expect(loadData(spec, [x])).rejects.toMatchObject({ code: "RANDOM_INVALID" });
  });

  it("refuses what is not there, too large, or of no known format", async () => {
    await expect(loadData(join(folder, "absent.npy"), [x])).rejects.toMatchObject({ code: "DATA_NOT_FOUND" });
    await expect(loadData(await file("a.jpg", ""), [x])).rejects.toMatchObject({ code: "DATA_FORMAT" });
    const sparse = await file("sparse.npy", "");
    await truncate(sparse, 2 ** 31);
    await expect(loadData(sparse, [x])).rejects.toMatchObject({ code: "DATA_TOO_LARGE" });
  });

  it("passes on what is wrong with the data", async () => {
    await expect(loadData(await file("w.csv", "1,2,3\n"), [x])).rejects.toMatchObject({
      code: "INPUT_SHAPE",
    });
    await expect(loadData(await file("n.csv", "1,2\n"), [x, y])).rejects.toMatchObject({
      code: "INPUT_MISSING",
    });
  });
});
