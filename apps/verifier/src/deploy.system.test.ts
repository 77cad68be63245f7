import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const DEPLOY = fileURLToPath(new URL("../deploy/", import.meta.url));

test("systemd understands the unit, with the program where it is here", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "indicia-unit-"));
  const file = path.join(folder, "indicia-verifier.service");
  const unit = fs.readFileSync(path.join(DEPLOY, "indicia-verifier.service"), "utf8");
  fs.writeFileSync(file, unit.replace("/usr/bin/node", process.execPath));
  const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8" });
  fs.rmSync(folder, { recursive: true });
  expect(stderr.split("\n").filter((line) => line.includes("indicia-verifier"))).toEqual([]);
  expect(status).toBe(0);
});
