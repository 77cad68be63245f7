/** What users run; attacks, testkit and bench are for development. */
const PRODUCT = [
  "proof",
  "onnx",
  "evidence",
  "runtime",
  "data",
  "core",
  "suspects",
  "autodiff",
  "defence",
  "vault",
  "operations",
  "service",
];

/**
 * The rooms of the house: what each package may import. A row is all there is; a package without one fails the check.
 * `types` after a name means that only its types may be imported.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const ROOMS = {
  "packages/proof": [],
  "packages/onnx": [],
  "packages/evidence": ["proof"],
  "packages/runtime": ["onnx"],
  "packages/data": ["onnx"],
  "packages/core": ["proof", "onnx", "evidence", "runtime"],
  "packages/suspects": ["core types", "runtime", "onnx"],
  "packages/autodiff": ["onnx", "runtime"],
  "packages/defence": ["evidence", "core", "data"],
  "packages/vault": ["evidence", "onnx"],
  "packages/operations": [
    "proof",
    "onnx",
    "evidence",
    "runtime",
    "data",
    "core",
    "suspects",
    "autodiff",
    "vault",
  ],
  "packages/service": [],
  "packages/attacks": ["onnx", "runtime", "autodiff"],
  "packages/testkit": [...PRODUCT, "attacks"],
  "packages/bench": [...PRODUCT, "attacks", "testkit"],
  "apps/cli": PRODUCT,
  "apps/gateway": PRODUCT,
  "apps/verifier": PRODUCT,
};

/** May be imported by the tests of any room beside what the room itself may import. */
export const TEST_ROOM = "testkit";

/** The only room that may import what its pattern names. */
export const CONFINED = [
  { pattern: /^onnxruntime/, room: "packages/runtime", why: "sessions are opened in one place" },
];

/**
 * Modules that know a key or what was made with one. The observing half must not be able to reach them.
 */
export const KEY_MODULES = [
  ...["keys", "carrier", "keystream", "weight-statistic", "evaluate", "decoys"].map(
    (name) => `packages/proof/src/${name}.ts`,
  ),
  ...["customer-keys", "logged-carrier", "logged-detect"].map((name) => `packages/proof/src/${name}.ts`),
  "packages/core/src/registration-keys.ts",
  "packages/core/src/gateway-keys.ts",
  "packages/operations/src/key-file.ts",
];

/**
 * A file of core whose own name, or a folder's above it, starts with one of the words.
 *
 * @param {readonly string[]} words
 * @returns {(file: string) => boolean}
 */
export function coreFilesNamed(...words) {
  const prefix = "packages/core/src/";
  return (file) =>
    file.startsWith(prefix) &&
    file
      .slice(prefix.length)
      .split("/")
      .some((segment) => words.some((word) => segment.startsWith(word)));
}

/**
 * A test, or what lies in a folder `test-support` for tests alone.
 *
 * @param {string} file
 */
export function isTest(file) {
  return /\.test\.[cm]?[jt]sx?$|\/test-support\//.test(file);
}
