import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockFile } from "./lock-file.js";
import { rejectionCode } from "./test-support/codes.js";

let folder: string;
let target: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "indicia-lock-"));
  target = path.join(folder, "file");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const HOST = createHash("sha256").update(hostname()).digest("hex").slice(0, 12);
const claim = (host: string, pid: number | string, birth: string): Promise<void> =>
  writeFile(path.join(folder, `.file.lock.${host}.${pid}.${birth}.aabbccddeeff`), "");

/** Number of a process that has died. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => {
    child.once("exit", resolve);
  });
  return child.pid ?? 0;
}

describe("lock", () => {
  it("holds until it is released", async () => {
    const lock = await lockFile(target);
    expect(await rejectionCode(lockFile(target))).toBe("CHAIN_LOCKED");
    await lock.release();
    await (await lockFile(target)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it("is per file", async () => {
    const lock = await lockFile(target);
    const other = await lockFile(`${target}-2`);
    await Promise.all([lock.release(), other.release()]);
    expect(await readdir(folder)).toEqual([]);
  });

  it("passes over the claim of a process that died", async () => {
    await claim(HOST, await deadProcess(), "123-abcdef01");
    const lock = await lockFile(target);
    expect(await readdir(folder)).toHaveLength(1);
    await lock.release();
  });

  it("passes over the claim of an earlier process that had this one's number", async () => {
    await claim(HOST, process.pid, "1-00000000");
    await (await lockFile(target)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it("respects the claim of another machine, which it cannot look into", async () => {
    await claim("0123456789ab", 1, "1-00000000");
    expect(await rejectionCode(lockFile(target))).toBe("CHAIN_LOCKED");
    await claim(HOST, "nonsense", "x");
    expect(await rejectionCode(lockFile(target))).toBe("CHAIN_LOCKED");
    expect(await readdir(folder)).toHaveLength(2);
  });
});
