import { describe, expect, test } from "vitest";
import { moduleGraph } from "./graph.mjs";
import { KEY_MODULES } from "./rooms.mjs";
import { findViolations } from "./rules.mjs";

const PACKAGES = new Map(
  ["proof", "onnx", "evidence", "runtime", "core", "suspects", "attacks", "testkit", "bench"].map((name) => [
    `@indicia/${name}`,
    `packages/${name}`,
  ]),
)
  .set("@indicia/cli", "apps/cli")
  .set("@indicia/gateway", "apps/gateway");

/** A house in order: every file that a rule names, importing nothing. */
const ORDERLY = new Map(
  [
    ...KEY_MODULES,
    "packages/proof/src/statistic.ts",
    "packages/onnx/src/open.ts",
    "packages/runtime/src/session.ts",
    "packages/evidence/src/bundle.ts",
    "packages/evidence/src/transcript-file.ts",
    "packages/core/src/suspect.ts",
    "packages/core/src/observe.ts",
    "packages/core/src/measure-labels.ts",
    "packages/core/src/conclude.ts",
    "packages/core/src/keystream-node.ts",
    "packages/core/src/marks/weights/embed.ts",
    "packages/proof/src/weight-detect.ts",
    "packages/suspects/src/oip.ts",
    "packages/attacks/src/prune.ts",
    "packages/testkit/src/tiny-model.ts",
    "packages/bench/src/main.ts",
    "apps/cli/src/main.ts",
    "packages/operations/src/observe.ts",
    "apps/gateway/src/serve.ts",
  ].map((file) => [file, ""]),
);

/**
 * What the check says of the orderly house after some files were added or replaced.
 *
 * @param {Readonly<Record<string, string>>} changed
 */
function check(changed) {
  return findViolations(moduleGraph(PACKAGES, new Map([...ORDERLY, ...Object.entries(changed)])));
}

test("an orderly house has nothing out of place", () => {
  expect(check({})).toEqual([]);
});

describe("rooms", () => {
  test.each([
    ["packages/core/src/a.ts", 'import { openModel } from "@indicia/onnx/open";'],
    ["packages/suspects/src/oip.ts", 'import type { Answer } from "@indicia/core/suspect";'],
    ["packages/onnx/src/open.test.ts", 'import { tiny } from "@indicia/testkit/tiny-model";'],
    ["apps/verifier/web/src/page.tsx", 'import { verify } from "@indicia/evidence/bundle";'],
    ["apps/verifier/web/src/page.tsx", 'import type { Suspect } from "@indicia/core/suspect";'],
    ["packages/bench/src/main.ts", 'import { prune } from "@indicia/attacks/prune";'],
    ["packages/proof/src/statistic.ts", 'import { hkdf } from "@noble/hashes/hkdf.js";'],
    ["packages/proof/src/statistic.test.ts", 'import fs from "node:fs";'],
    ["packages/evidence/src/transcript-file.ts", 'import fs from "node:fs";'],
    ["packages/runtime/src/session.ts", 'import ort from "onnxruntime-node";'],
    ["packages/evidence/src/test-support/crash.ts", 'import fs from "node:fs";'],
    [
      "packages/onnx/src/open.test.ts",
      'import { createRequire } from "node:module"; createRequire(x)("onnx-proto");',
    ],
  ])("%s may hold %s", (file, source) => {
    expect(check({ [file]: source })).toEqual([]);
  });

  test.each([
    [
      "packages/onnx/src/open.ts",
      'import { a } from "@indicia/proof/statistic";',
      "packages/onnx may not import proof",
    ],
    [
      "packages/attacks/src/prune.ts",
      'import type { A } from "@indicia/core/suspect";',
      "may not import core",
    ],
    ["packages/attacks/src/prune.ts", 'export * from "@indicia/core/suspect";', "may not import core"],
    ["packages/attacks/src/prune.ts", 'await import("@indicia/core/suspect");', "may not import core"],
    ["packages/attacks/src/prune.ts", "await import(`@indicia/core/suspect`);", "may not import core"],
    [
      "packages/attacks/src/prune.ts",
      'type A = import("@indicia/core/suspect").Answer;',
      "may not import core",
    ],
    ["packages/attacks/src/prune.ts", 'require("@indicia/core/suspect");', "may not import core"],
    [
      "packages/attacks/src/prune.ts",
      'import { createRequire } from "node:module"; createRequire(import.meta.url)("@indicia/core/suspect");',
      "may not import core",
    ],
    [
      "packages/attacks/src/prune.ts",
      'import { createRequire } from "node:module"; const require = createRequire(x); require("@indicia/core/suspect");',
      "may not import core",
    ],
    ["packages/attacks/src/prune.ts", 'import.meta.resolve("@indicia/core/suspect");', "may not import core"],
    ["packages/suspects/src/oip.ts", 'import { a } from "@indicia/core/suspect";', "only types of core"],
    ["packages/suspects/src/oip.ts", 'import { type A } from "@indicia/core/suspect";', "only types of core"],
    [
      "packages/core/src/suspect.ts",
      'import { tiny } from "@indicia/testkit/tiny-model";',
      "not import testkit",
    ],
    ["packages/bench/src/main.ts", 'import "@indicia/cli/main";', "nothing imports an app"],
    ["apps/cli/src/main.ts", 'import "@indicia/gateway/serve";', "nothing imports an app"],
    ["apps/cli/src/main.ts", 'import "@indicia/bench/main";', "may not import bench"],
    [
      "packages/core/src/suspect.ts",
      'import ort from "onnxruntime-node";',
      "only packages/runtime may import",
    ],
    [
      "packages/core/src/suspect.test.ts",
      'import ort from "onnxruntime-web/wasm";',
      "only packages/runtime may import",
    ],
    ["packages/proof/src/statistic.ts", 'import fs from "node:fs";', "has to run in a browser"],
    ["packages/proof/src/statistic.ts", 'import { createHash } from "crypto";', "has to run in a browser"],
    [
      "packages/evidence/src/bundle.ts",
      'import { readFile } from "node:fs/promises";',
      "has to run in a browser",
    ],
    [
      "packages/evidence/src/bundle.ts",
      'import { a } from "./transcript-file.js";',
      "may not import a -file module",
    ],
    ["apps/verifier/web/src/page.tsx", 'import fs from "node:fs";', "has to run in a browser"],
    ["apps/verifier/web/src/page.tsx", 'import "@indicia/core/suspect";', "may import only types"],
    ["apps/verifier/web/src/page.tsx", 'import "@indicia/evidence/transcript-file";', "a -file module"],
    ["packages/brandnew/src/a.ts", 'import "zod";', "packages/brandnew has no row"],
  ])("%s may not hold %s", (file, source, rule) => {
    const violations = check({ [file]: source });
    expect(violations).toHaveLength(1);
    expect(violations[0]?.rule).toContain(rule);
    expect(violations[0]?.chain[0]).toBe(`${file}:1`);
  });
});

describe("ways around the check are themselves refused", () => {
  test.each([
    ['import "../../core/src/suspect.js";', "leaves its package"],
    ['import "./missing.js";', "does not exist"],
    ['import "@indicia/onnx/missing";', "does not exist"],
    ['import "@indicia/unheard/of";', "there is no package"],
    ['import "#core";', "neither a relative path nor the name of a package"],
    ['import "/checkout/packages/core/src/suspect.js";', "neither a relative path nor the name of a package"],
    [
      'import "file:///checkout/packages/core/src/suspect.js";',
      "neither a relative path nor the name of a package",
    ],
    ['const part = "suspect"; await import("@indicia/core/" + part);', "name is computed"],
    ["await import(`@indicia/${part}/suspect`);", "name is computed"],
    [
      'import { createRequire as load } from "node:module"; load(x)("@indicia/core/suspect");',
      "createRequire",
    ],
    ['import { createRequire } from "node:module"; const load = createRequire(x);', "createRequire"],
    ['import { createRequire } from "node:module"; const make = createRequire;', "createRequire"],
    ['import * as module from "node:module"; module.createRequire(x);', "createRequire"],
    ['import module from "node:module"; module["createRequire"](x);', "createRequire"],
    ['new Worker(new URL("../../core/src/suspect.js", import.meta.url));', "leaves its package"],
    ["import {", "cannot be parsed"],
  ])("%s", (source, problem) => {
    const rules = check({ "packages/attacks/src/prune.ts": source }).map(({ rule }) => rule);
    expect(rules).toEqual([expect.stringContaining(problem)]);
  });

  test("a test's exemptions cannot be borrowed", () => {
    const violations = check({
      "packages/proof/src/io.test.ts": 'import fs from "node:fs";',
      "packages/proof/src/statistic.ts": 'import "./io.test.js";',
    });
    expect(violations).toEqual([
      {
        rule: "nothing but a test imports a test",
        chain: ["packages/proof/src/statistic.ts:1", "packages/proof/src/io.test.ts"],
      },
    ]);
  });
});

describe("who observes cannot reach a key", () => {
  test.each(["packages/core/src/observe.ts", "packages/core/src/measure-labels.ts"])("%s", (file) => {
    const violations = check({
      [file]: '\nimport { probes } from "./probes/choose.js";',
      "packages/core/src/probes/choose.ts":
        'import type { A } from "../conclude.js";\nexport * from "./seeded.js";',
      "packages/core/src/probes/seeded.ts": 'const keys = await import("@indicia/proof/keys");',
    });
    expect(violations).toEqual([
      {
        rule: "the observing half may not reach what knows a key",
        chain: [
          `${file}:2`,
          "packages/core/src/probes/choose.ts:2",
          "packages/core/src/probes/seeded.ts:1",
          "packages/proof/src/keys.ts",
        ],
      },
    ]);
  });

  test.each([
    ...KEY_MODULES.filter((file) => file.startsWith("packages/proof/")).map(
      (file) => `@indicia/proof/${stem(file)}`,
    ),
    "./conclude.js",
    "./keystream-node.js",
    "./registration-keys.js",
    "./marks/weights/embed.js",
  ])("nor %s", (specifier) => {
    expect(check({ "packages/core/src/observe.ts": `import "${specifier}";` })).toHaveLength(1);
  });

  test("types do not count, since the compiler erases them", () => {
    expect(
      check({ "packages/core/src/observe.ts": 'import type { Key } from "@indicia/proof/keys";' }),
    ).toEqual([]);
  });

  test("the observe command neither", () => {
    const violations = check({
      "packages/operations/src/observe.ts": 'import { readKey } from "./key-file.js";',
    });
    expect(violations.map(({ rule }) => rule)).toEqual([
      "the observe command may not reach what knows a key",
    ]);
  });
});

test("who detects cannot reach who embeds, not even for a type", () => {
  const violations = check({
    "packages/core/src/marks/weights/detect.ts": 'import { shared } from "./shared.js";',
    "packages/core/src/marks/weights/shared.ts": 'import type { Strength } from "./embed.js";',
  });
  expect(violations).toEqual([
    {
      rule: "whoever detects need not trust whoever embeds",
      chain: [
        "packages/core/src/marks/weights/detect.ts:1",
        "packages/core/src/marks/weights/shared.ts:1",
        "packages/core/src/marks/weights/embed.ts",
      ],
    },
  ]);
});

test("a rule whose files are gone is itself reported", () => {
  const files = new Map(ORDERLY);
  files.delete("packages/proof/src/keys.ts");
  files.delete("packages/proof/src/weight-detect.ts");
  files.delete("packages/proof/src/logged-detect.ts");
  const violations = findViolations(moduleGraph(PACKAGES, files));
  expect(violations.flatMap(({ chain }) => chain)).toEqual([
    "packages/proof/src/keys.ts",
    "packages/proof/src/logged-detect.ts",
    "packages/proof/src/*-detect.ts",
  ]);
});

/** @param {string} file */
function stem(file) {
  return file.replace(/^.*\//, "").replace(/\.ts$/, "");
}
