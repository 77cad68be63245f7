import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cacheFolder, openStore } from "./store.js";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "indicia-store-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const files = (text: string): Map<string, Uint8Array> => new Map([["a.txt", Buffer.from(text)]]);

describe("the store of artefacts", () => {
  it("keeps files, and leaves nothing else behind", async () => {
    const store = openStore(root);
    expect(await store.content("id")).toBeNull();
    await store.put("id", { kind: "test" }, files("one"));
    expect(await store.content("id")).toMatch(/^[0-9a-f]{64}$/);
    expect(await readFile(path.join(store.folder("id"), "a.txt"), "utf8")).toBe("one");
    expect(await readdir(root)).toEqual(["id"]);
  });

  it("gives equal files one hash, others another", async () => {
    const store = openStore(root);
    await store.put("1", {}, files("one"));
    await store.put("2", { other: true }, files("one"));
    await store.put("3", {}, files("two"));
    const [first, second, third] = await Promise.all(["1", "2", "3"].map(store.content));
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it("leaves what is there already", async () => {
    const store = openStore(root);
    await store.put("id", {}, files("one"));
    await store.put("id", {}, files("two"));
    expect(await readFile(path.join(store.folder("id"), "a.txt"), "utf8")).toBe("one");
    expect(await readdir(root)).toEqual(["id"]);
  });

  it("lies where INDICIA_CACHE says", () => {
    const before = process.env["INDICIA_CACHE"];
    process.env["INDICIA_CACHE"] = root;
    try {
      expect(cacheFolder()).toBe(path.join(root, "extraction"));
    } finally {
      if (before === undefined) delete process.env["INDICIA_CACHE"];
      else process.env["INDICIA_CACHE"] = before;
    }
  });
});
