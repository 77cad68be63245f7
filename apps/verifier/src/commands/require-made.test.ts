import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSettings } from "../config/read-settings.js";
import { backup } from "./backup.js";
import { rotateKey } from "./rotate-key.js";
import { ticket } from "./ticket.js";

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "indicia-verifier-misspelt-"));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

test("what works on a service that is there makes none where its folder was misspelt", async () => {
  const settings = await readSettings({ data: path.join(folder, "misspelt"), "log-level": "silent" }, {});
  const calls = [
    () => ticket(settings, {}, "admin"),
    () => rotateKey(settings, {}, path.join(folder, "new.key")),
    () => backup(settings, {}, path.join(folder, "backup.tar")),
  ];
  for (const call of calls) expect(await thrownCode(call)).toBe("NOT_FOUND");
  expect(fs.readdirSync(folder)).toEqual([]);
});
