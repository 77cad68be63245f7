import { isBuiltin } from "node:module";
import path from "node:path";

/**
 * @typedef {object} Workspace
 * @property {ReadonlyMap<string, string>} packages folder of each package by its name, such as `packages/onnx`
 * @property {ReadonlySet<string>} files every source file, relative to the checkout, with `/`
 *
 * @typedef {{ readonly kind: "file", readonly file: string }
 *   | { readonly kind: "builtin", readonly name: string }
 *   | { readonly kind: "external", readonly name: string }
 *   | { readonly kind: "problem", readonly reason: string }} Resolution
 */

/**
 * The package folder that a file lies in.
 *
 * @param {string} file
 */
export function packageOf(file) {
  return file.split("/").slice(0, 2).join("/");
}

/**
 * What an import means, by the one mapping that the workspace uses: `@indicia/NAME/PART` is NAME's `src/PART.ts`, a
 * relative `./x.js` is `x.ts` in the same package. Anything cleverer is refused, so that nothing can hide.
 *
 * @param {Workspace} workspace
 * @param {string} from the importing file
 * @param {string} specifier
 * @returns {Resolution}
 */
export function resolveImport(workspace, from, specifier) {
  if (isBuiltin(specifier)) return { kind: "builtin", name: specifier.replace(/^node:/, "") };
  if (specifier.startsWith(".")) return relative(workspace, from, specifier);
  const [scope = "", name = "", ...rest] = specifier.split("/");
  const folder = workspace.packages.get(`${scope}/${name}`);
  if (folder !== undefined) return subpath(workspace, folder, rest.join("/"));
  if (scope === "@indicia") return { kind: "problem", reason: `there is no package ${scope}/${name}` };
  if (!/^(@[a-z0-9-]+\/)?[a-z0-9]/.test(specifier) || specifier.includes(":")) {
    return { kind: "problem", reason: `${specifier} is neither a relative path nor the name of a package` };
  }
  return { kind: "external", name: scope.startsWith("@") ? `${scope}/${name}` : scope };
}

/**
 * @param {Workspace} workspace
 * @param {string} from
 * @param {string} specifier
 * @returns {Resolution}
 */
function relative(workspace, from, specifier) {
  const target = path.posix.join(path.posix.dirname(from), specifier);
  if (packageOf(target) !== packageOf(from))
    return { kind: "problem", reason: `${specifier} leaves its package` };
  // TypeScript names the file that will be built.
  const file = sourceCandidates(target).find((candidate) => workspace.files.has(candidate));
  return file === undefined
    ? { kind: "problem", reason: `${specifier} does not exist` }
    : { kind: "file", file };
}

/**
 * @param {Workspace} workspace
 * @param {string} folder
 * @param {string} part
 * @returns {Resolution}
 */
function subpath(workspace, folder, part) {
  const file = `${folder}/src/${part}.ts`;
  return workspace.files.has(file)
    ? { kind: "file", file }
    : { kind: "problem", reason: `${file} does not exist` };
}

/** @param {string} target */
function sourceCandidates(target) {
  const built = /\.([cm]?)js(x?)$/.exec(target);
  if (built === null) return [target];
  const stem = target.slice(0, built.index);
  return [`${stem}.${built[1]}ts${built[2]}`, `${stem}.tsx`, target];
}
