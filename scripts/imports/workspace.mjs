import fs from "node:fs";
import path from "node:path";

/** The one export map of the workspace: what resolve.mjs relies on, and nothing that could lead elsewhere. */
const EXPORTS = { "./*": { "indicia:source": "./src/*.ts", types: "./dist/*.d.ts", default: "./dist/*.js" } };
const SOURCE = /\.[cm]?[jt]sx?$/;

/**
 * Every package and source file of a checkout.
 *
 * @param {string} root
 * @returns {{ packages: Map<string, string>, sources: Map<string, string>, problems: string[] }}
 */
export function readWorkspace(root) {
  /** @type {Map<string, string>} */
  const packages = new Map();
  /** @type {Map<string, string>} */
  const sources = new Map();
  /** @type {string[]} */
  const problems = [];
  for (const folder of ["packages", "apps"].flatMap((parent) => subfolders(root, parent))) {
    const manifest = JSON.parse(fs.readFileSync(path.join(root, folder, "package.json"), "utf8"));
    packages.set(manifest.name, folder);
    if (manifest.imports !== undefined) problems.push(`${folder}/package.json renames modules by "imports"`);
    if (JSON.stringify(manifest.exports) !== JSON.stringify(EXPORTS)) {
      problems.push(`${folder}/package.json has other "exports" than ${JSON.stringify(EXPORTS)}`);
    }
    for (const file of filesIn(root, folder, problems)) {
      if (SOURCE.test(file)) sources.set(file, fs.readFileSync(path.join(root, file), "utf8"));
    }
  }
  return { packages, sources, problems };
}

/**
 * @param {string} root
 * @param {string} parent
 */
function subfolders(root, parent) {
  return fs
    .readdirSync(path.join(root, parent))
    .map((name) => `${parent}/${name}`)
    .filter((folder) => fs.existsSync(path.join(root, folder, "package.json")));
}

/**
 * @param {string} root
 * @param {string} folder
 * @param {string[]} problems
 * @returns {string[]}
 */
function filesIn(root, folder, problems) {
  // Only the build's own output is passed over, not a folder deeper down that borrows its name.
  const isOutput = (/** @type {string} */ name) => name === "dist" && folder.split("/").length === 2;
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = `${folder}/${entry.name}`;
    if (entry.name === "node_modules" || isOutput(entry.name)) return [];
    if (entry.isSymbolicLink()) problems.push(`${file} is a symbolic link, which hides what it leads to`);
    return entry.isDirectory() ? filesIn(root, file, problems) : [file];
  });
}
