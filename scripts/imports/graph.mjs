import { readImports } from "./read.mjs";
import { resolveImport } from "./resolve.mjs";

/**
 * @typedef {object} Edge
 * @property {import("./resolve.mjs").Resolution} target
 * @property {number} line
 * @property {boolean} typeOnly
 *
 * @typedef {object} Module
 * @property {string} file
 * @property {readonly Edge[]} imports
 * @property {readonly string[]} problems
 *
 * @typedef {ReadonlyMap<string, Module>} Modules by file
 */

/**
 * @param {ReadonlyMap<string, string>} packages folder of each package by its name
 * @param {ReadonlyMap<string, string>} sources text of every source file by its path in the checkout, with `/`
 * @returns {Modules}
 */
export function moduleGraph(packages, sources) {
  const workspace = { packages, files: new Set(sources.keys()) };
  return new Map([...sources].map(([file, source]) => [file, readModule(workspace, file, source)]));
}

/**
 * @param {import("./resolve.mjs").Workspace} workspace
 * @param {string} file
 * @param {string} source
 * @returns {Module}
 */
function readModule(workspace, file, source) {
  const { imports, problems } = readImports(file, source);
  const edges = imports.map(({ specifier, line, typeOnly }) => ({
    target: resolveImport(workspace, file, specifier),
    line,
    typeOnly,
  }));
  const unresolved = edges.flatMap(({ target, line }) =>
    target.kind === "problem" ? [`line ${line}: ${target.reason}`] : [],
  );
  return { file, imports: edges, problems: [...problems, ...unresolved] };
}

/**
 * The shortest way along imports from one file to another that is searched for.
 *
 * @param {Modules} modules
 * @param {string} start never a goal itself
 * @param {(file: string) => boolean} isGoal
 * @param {boolean} types whether imports that the compiler erases count
 * @returns {string[] | null} the files on the way, each but the last with the line of its import; null for no way
 */
export function walk(modules, start, isGoal, types) {
  /** @type {Map<string, { from: string, line: number } | null>} */
  const cameFrom = new Map([[start, null]]);
  // The map grows while it is gone through, in the order of discovery: breadth first.
  for (const file of cameFrom.keys()) {
    for (const { target, line, typeOnly } of modules.get(file)?.imports ?? []) {
      if (target.kind !== "file" || (typeOnly && !types) || cameFrom.has(target.file)) continue;
      cameFrom.set(target.file, { from: file, line });
      if (isGoal(target.file)) return chainTo(cameFrom, target.file);
    }
  }
  return null;
}

/**
 * @param {ReadonlyMap<string, { from: string, line: number } | null>} cameFrom
 * @param {string} end
 */
function chainTo(cameFrom, end) {
  const chain = [end];
  for (let step = cameFrom.get(end); step; step = cameFrom.get(step.from))
    chain.unshift(`${step.from}:${step.line}`);
  return chain;
}
