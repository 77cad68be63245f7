import { walk } from "./graph.mjs";
import { packageOf } from "./resolve.mjs";
import { CONFINED, coreFilesNamed, isTest, KEY_MODULES, ROOMS, TEST_ROOM } from "./rooms.mjs";

/**
 * @typedef {import("./graph.mjs").Module} Module
 * @typedef {import("./graph.mjs").Modules} Modules
 *
 * @typedef {object} Violation
 * @property {string} rule
 * @property {readonly string[]} chain from the file at fault to what it must not reach, each with its line
 */

const isObserving = coreFilesNamed("observ", "measure");
const isDetecting = (/** @type {string} */ file) =>
  /^packages\/proof\/src\/[^/]*-detect\.ts$/.test(file) || coreFilesNamed("detect")(file);
const isEmbedding = coreFilesNamed("embed");
const isConcluding = coreFilesNamed("conclu", "embed", "detect", "keystream-node");
const isObserveCommand = (/** @type {string} */ file) =>
  /^(packages\/operations\/src|apps\/cli\/src\/commands|apps\/verifier\/src\/investigations)\/observe/.test(
    file,
  );
const knowsKey = (/** @type {string} */ file) => KEY_MODULES.includes(file) || isConcluding(file);

/**
 * Every import that the house forbids.
 *
 * @param {Modules} modules
 * @returns {Violation[]}
 */
export function findViolations(modules) {
  const all = [...modules.values()];
  return [
    ...all.flatMap(({ file, problems }) => problems.map((problem) => ({ rule: problem, chain: [file] }))),
    ...all.flatMap((module) => module.imports.flatMap((entry) => directRules(module, entry))),
    ...reachRules(modules),
    ...emptyRules(modules),
  ];
}

/**
 * @param {Module} module
 * @param {import("./graph.mjs").Edge} entry
 * @returns {Violation[]}
 */
function directRules(module, entry) {
  const chain = [`${module.file}:${entry.line}`, targetName(entry.target)];
  return [roomRule, confinedRule, portableRule, testRule]
    .map((rule) => rule(module, entry))
    .filter((rule) => rule !== null)
    .map((rule) => ({ rule, chain }));
}

/** @typedef {(module: Module, entry: import("./graph.mjs").Edge) => string | null} Rule gives what is wrong, or null */

/** @type {Rule} */
function roomRule({ file }, { target, typeOnly }) {
  const room = packageOf(file);
  const allowed = ROOMS[room];
  if (allowed === undefined) return `${room} has no row in scripts/imports/rooms.mjs`;
  if (target.kind !== "file" || packageOf(target.file) === room) return null;
  const [parent, name = ""] = packageOf(target.file).split("/");
  if (parent === "apps") return "nothing imports an app";
  if (allowed.includes(name) || (isTest(file) && name === TEST_ROOM)) return null;
  if (!allowed.includes(`${name} types`)) return `${room} may not import ${name}`;
  return typeOnly || isTest(file) ? null : `${room} may import only types of ${name}`;
}

/** @type {Rule} */
function confinedRule({ file }, { target }) {
  if (target.kind !== "external") return null;
  const rule = CONFINED.find(({ pattern, room }) => pattern.test(target.name) && packageOf(file) !== room);
  return rule === undefined ? null : `only ${rule.room} may import ${target.name}: ${rule.why}`;
}

/**
 * What must run in a browser: all of proof, of evidence everything but the files that say `-file`, and the verifier's
 * page, which takes nothing but those two and types of the service's.
 *
 * @type {Rule}
 */
function portableRule({ file }, { target, typeOnly }) {
  const room = packageOf(file);
  const page = isPage(file);
  const portable = page || room === "packages/proof" || (room === "packages/evidence" && !isFileModule(file));
  if (!portable || isTest(file)) return null;
  if (page && target.kind === "file" && !isPage(target.file) && !isPortableRoom(target.file))
    return typeOnly ? null : `${file} runs in a browser, and may import only types of ${target.file}`;
  if (target.kind === "builtin")
    return `${file} has to run in a browser, where there is no node:${target.name}`;
  return target.kind === "file" && isFileModule(target.file)
    ? `${file} has to run in a browser, and may not import a -file module`
    : null;
}

/** Tests are exempt from some rules, so nothing else may be built on them. @type {Rule} */
function testRule({ file }, { target }) {
  return target.kind === "file" && isTest(target.file) && !isTest(file)
    ? "nothing but a test imports a test"
    : null;
}

/**
 * @param {Modules} modules
 * @returns {Violation[]}
 */
function reachRules(modules) {
  const starts = [...modules.keys()].filter((file) => !isTest(file));
  /** @type {(from: (file: string) => boolean, to: (file: string) => boolean, types: boolean, rule: string) => Violation[]} */
  const forbid = (from, to, types, rule) =>
    starts.filter(from).flatMap((start) => {
      const chain = walk(modules, start, to, types);
      return chain === null ? [] : [{ rule, chain }];
    });
  return [
    ...forbid(isDetecting, isEmbedding, true, "whoever detects need not trust whoever embeds"),
    ...forbid(isObserving, knowsKey, false, "the observing half may not reach what knows a key"),
    ...forbid(isObserveCommand, knowsKey, false, "the observe command may not reach what knows a key"),
  ];
}

/**
 * A rule about files that do not exist guards nothing: a renamed module must be renamed here too.
 *
 * @param {Modules} modules
 * @returns {Violation[]}
 */
function emptyRules(modules) {
  const files = [...modules.keys()].filter((file) => !isTest(file));
  const missing = [
    ...KEY_MODULES.filter((file) => !modules.has(file)),
    ...(files.some(isObserving) ? [] : ["packages/core/src/**/observe*.ts"]),
    ...(files.some(isObserveCommand) ? [] : ["packages/operations/src/observe*.ts"]),
    ...(files.some(isDetecting) ? [] : ["packages/proof/src/*-detect.ts"]),
    ...(files.some(isEmbedding) ? [] : ["packages/core/src/**/embed*.ts"]),
  ];
  return missing.map((file) => ({
    rule: "named in scripts/imports/rooms.mjs or rules.mjs but not there",
    chain: [file],
  }));
}

/** @param {string} file */
function isPage(file) {
  return /^apps\/[^/]+\/web\/src\//.test(file);
}

/** @param {string} file */
function isPortableRoom(file) {
  return ["packages/proof", "packages/evidence"].includes(packageOf(file));
}

/** @param {string} file */
function isFileModule(file) {
  return /-file\.[cm]?[jt]sx?$/.test(file);
}

/** @param {import("./resolve.mjs").Resolution} target */
function targetName(target) {
  if (target.kind === "file") return target.file;
  if (target.kind === "builtin") return `node:${target.name}`;
  return target.kind === "external" ? target.name : target.reason;
}
