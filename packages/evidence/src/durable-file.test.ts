import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readBundleFile, writeBundleFile } from "./bundle-file.js";
import { writeDurably } from "./durable-file.js";
import { rejectionCode } from "./test-support/codes.js";
import { ZIP_LIMITS } from "./zip-limits.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "indicia-durable-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("files written whole", () => {
  it("replace what was there and leave nothing beside", async () => {
    const target = path.join(folder, "file");
    await writeDurably(target, Uint8Array.of(1));
    await writeDurably(target, Uint8Array.of(2, 3));
    expect(new Uint8Array(await readFile(target))).toEqual(Uint8Array.of(2, 3));
    expect(await readdir(folder)).toEqual(["file"]);
  });

  it("leave nothing where they fail", async () => {
    const target = path.join(folder, "taken");
    await mkdir(path.join(target, "inner"), { recursive: true });
    await expect(writeDurably(target, Uint8Array.of(1))).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/);
    expect(await readdir(folder)).toEqual(["taken"]);
  });
});

describe("bundle on disk", () => {
  it("is written and read, and not replaced unless one says so", async () => {
    const target = path.join(folder, "evidence.zip");
    await writeBundleFile(target, Uint8Array.of(1));
    expect(await rejectionCode(writeBundleFile(target, Uint8Array.of(2)))).toBe("BUNDLE_EXISTS");
    expect(new Uint8Array(await readBundleFile(target))).toEqual(Uint8Array.of(1));
    await writeBundleFile(target, Uint8Array.of(2), { overwrite: true });
    expect(new Uint8Array(await readBundleFile(target))).toEqual(Uint8Array.of(2));
  });

  it("is refused unread where it is too large", async () => {
    const target = path.join(folder, "large.zip");
    await writeFile(target, "");
    await truncate(target, ZIP_LIMITS.archiveBytes + 1);
    expect(await rejectionCode(readBundleFile(target))).toBe("ZIP_TOO_LARGE");
  });
});
