import { parseSync, Visitor } from "oxc-parser";

/**
 * @typedef {object} Import
 * @property {string} specifier as written
 * @property {number} line
 * @property {boolean} typeOnly whether the compiler erases it
 *
 * @typedef {object} Reading
 * @property {readonly Import[]} imports
 * @property {readonly string[]} problems what keeps this file's imports from being known
 */

/**
 * Every module that a source file names: static and dynamic imports, re-exports, import types, `require`, and files
 * named by `new URL(..., import.meta.url)`, which is how workers are started.
 *
 * @param {string} file decides the language by its extension
 * @param {string} source
 * @returns {Reading}
 */
export function readImports(file, source) {
  const { program, errors } = parseSync(file, source);
  /** @type {Import[]} */
  const imports = [];
  /** @type {string[]} */
  const problems = errors.map(({ message }) => `cannot be parsed: ${message}`);
  const lineAt = (/** @type {number} */ offset) => source.slice(0, offset).split("\n").length;

  /** @type {(node: { start: number }, specifier: string | null, typeOnly: boolean) => void} */
  const add = (node, specifier, typeOnly) => {
    const line = lineAt(node.start);
    if (specifier === null)
      problems.push(`line ${line} loads a module whose name is computed, which hides it`);
    else imports.push({ specifier, line, typeOnly });
  };

  // createRequire is followed where what it makes is called at once or is named `require`; anywhere else, renamed at
  // will, it would hide what is loaded.
  /** @type {Set<number>} */
  const plain = new Set();
  /** @type {Set<number>} */
  const mentions = new Set();
  const mention = (/** @type {{ start: number }} */ node, /** @type {unknown} */ value) => {
    if (value === "createRequire") mentions.add(node.start);
  };

  new Visitor({
    ImportDeclaration: (node) => add(node, node.source.value, node.importKind === "type"),
    ImportSpecifier({ imported, local }) {
      if (local.name === "createRequire") plain.add(imported.start).add(local.start);
    },
    ExportAllDeclaration: (node) => add(node, node.source.value, node.exportKind === "type"),
    ExportNamedDeclaration(node) {
      if (node.source !== null) add(node, node.source.value, node.exportKind === "type");
    },
    ImportExpression: (node) => add(node, textOf(node.source), false),
    TSImportType: (node) => add(node, textOf(node.source), true),
    TSExternalModuleReference: (node) => add(node, textOf(node.expression), false),
    CallExpression(node) {
      if (isRequire(node.callee)) add(node, textOf(node.arguments[0]), false);
      if (isCreateRequire(node.callee)) plain.add(node.callee.callee.start);
    },
    VariableDeclarator({ id, init }) {
      const named = id.type === "Identifier" && id.name === "require";
      if (named && isCreateRequire(init)) plain.add(init.callee.start);
    },
    Identifier: (node) => mention(node, node.name),
    Literal: (node) => mention(node, node.value),
    NewExpression(node) {
      const [first, second] = node.arguments;
      if (node.callee.type !== "Identifier" || node.callee.name !== "URL" || !isImportMetaUrl(second)) return;
      const target = textOf(first);
      if (target !== null && /\.[cm]?[jt]sx?$/.test(target)) add(node, target, false);
    },
  }).visit(program);
  for (const start of mentions) {
    if (!plain.has(start))
      problems.push(`line ${lineAt(start)} uses createRequire, which hides what it loads`);
  }
  return { imports, problems };
}

/** @typedef {import("oxc-parser").Node} Node */

/**
 * A string that stands in the source, or null.
 *
 * @param {Node | null | undefined} node
 * @returns {string | null}
 */
function textOf(node) {
  if (node?.type === "Literal" && typeof node.value === "string") return node.value;
  if (node?.type === "TemplateLiteral" && node.expressions.length === 0)
    return node.quasis[0]?.value.cooked ?? null;
  return null;
}

/**
 * @param {Node | null} node
 * @returns {node is import("oxc-parser").CallExpression} `createRequire(...)`
 */
function isCreateRequire(node) {
  return (
    node?.type === "CallExpression" &&
    node.callee.type === "Identifier" &&
    node.callee.name === "createRequire"
  );
}

/** @param {Node} callee `require` or one of its methods, what createRequire makes, or `import.meta.resolve` */
function isRequire(callee) {
  if (callee.type === "Identifier") return callee.name === "require";
  if (isCreateRequire(callee)) return true;
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return false;
  const { object, property } = callee;
  return (
    (object.type === "Identifier" && object.name === "require" && property.name === "resolve") ||
    (object.type === "MetaProperty" && property.name === "resolve")
  );
}

/** @param {Node | undefined} node */
function isImportMetaUrl(node) {
  return (
    node?.type === "MemberExpression" &&
    node.object.type === "MetaProperty" &&
    node.property.type === "Identifier" &&
    node.property.name === "url"
  );
}
