import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readWorkspace } from "./workspace.mjs";

const EXPORTS = { "./*": { "indicia:source": "./src/*.ts", types: "./dist/*.d.ts", default: "./dist/*.js" } };

/** @type {string} */
let root;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "indicia-workspace-"));
  fs.mkdirSync(path.join(root, "apps"));
});

afterEach(() => fs.rmSync(root, { recursive: true }));

/**
 * @param {string} file
 * @param {string} text
 */
function write(file, text) {
  const target = path.join(root, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, text);
}

test("every source file is read, but not what was built or installed", () => {
  write("packages/one/package.json", JSON.stringify({ name: "@indicia/one", exports: EXPORTS }));
  for (const file of ["src/a.ts", "src/deep/b.mjs", "src/dist/c.tsx", "tool.cjs"])
    write(`packages/one/${file}`, "1;");
  for (const file of ["dist/a.js", "node_modules/x/a.js", "src/a.json"]) write(`packages/one/${file}`, "1");
  const { packages, sources, problems } = readWorkspace(root);
  expect(problems).toEqual([]);
  expect(packages).toEqual(new Map([["@indicia/one", "packages/one"]]));
  expect([...sources.keys()].toSorted()).toEqual([
    "packages/one/src/a.ts",
    "packages/one/src/deep/b.mjs",
    "packages/one/src/dist/c.tsx",
    "packages/one/tool.cjs",
  ]);
});

test("a manifest that renames modules and a symbolic link are reported", () => {
  write(
    "packages/one/package.json",
    JSON.stringify({
      name: "@indicia/one",
      exports: { "./*": "./src/other/*.ts" },
      imports: { "#core": "./x.js" },
    }),
  );
  fs.symlinkSync(os.tmpdir(), path.join(root, "packages", "one", "elsewhere"));
  expect(readWorkspace(root).problems).toEqual([
    expect.stringContaining('renames modules by "imports"'),
    expect.stringContaining('other "exports"'),
    expect.stringContaining("packages/one/elsewhere is a symbolic link"),
  ]);
});
