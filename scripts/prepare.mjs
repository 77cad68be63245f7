import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { ChildError, runQuietly } from "./child.mjs";
import { withLock } from "./lock.mjs";
import { buildPage } from "./page.mjs";
import { root } from "./root.mjs";

const STAMP = path.join(root, "node_modules", ".indicia-install");
const LOCK = path.join(root, ".indicia", "setup.lock");

/**
 * Bring the checkout to the point where its programs run: dependencies installed, TypeScript built. Does nothing that
 * is already done, prints to stderr alone, and lets two callers at once follow one another.
 *
 * @returns {Promise<boolean>} false where a step failed, which has then been reported
 */
export function prepare() {
  return withLock(
    LOCK,
    async () => (await install()) && (await build()),
    (holder) => say(`waiting for process ${holder}, which is installing or building`),
  );
}

async function install() {
  const wanted = dependencyHash();
  if (fs.existsSync(STAMP) && fs.readFileSync(STAMP, "utf8") === wanted) return true;
  const { packageManager } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
  say(`installing dependencies with ${packageManager}`);
  const [command, ...prefix] = npx();
  const args = [...prefix, "--yes", packageManager, "install", "--frozen-lockfile"];
  try {
    // CI=true: pnpm asks nothing, which it otherwise does before it replaces a node_modules of another origin.
    await runQuietly(command, args, { CI: "true" });
  } catch (error) {
    report(
      error,
      "INSTALL_FAILED",
      "Check the connection to the npm registry and that pnpm-lock.yaml is up to date.",
    );
    return false;
  }
  fs.writeFileSync(STAMP, wanted);
  return true;
}

async function build() {
  // `tsc -b` decides by itself what is out of date, and takes a moment to see that nothing is.
  if (!fs.existsSync(path.join(root, "apps", "cli", "dist"))) say("building");
  try {
    await runQuietly(process.execPath, [path.join(root, "node_modules", "typescript", "bin", "tsc"), "-b"]);
    await buildPage(root);
    return true;
  } catch (error) {
    report(error, "BUILD_FAILED", "Mend the errors above.");
    return false;
  }
}

/** Hash of everything that decides what an install puts in place. */
function dependencyHash() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  const manifests = ["packages", "apps"].flatMap((parent) =>
    fs
      .readdirSync(path.join(root, parent))
      .toSorted()
      .map((name) => path.join(parent, name, "package.json")),
  );
  for (const name of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc", "package.json", ...manifests]) {
    const file = path.join(root, name);
    if (fs.existsSync(file)) hash.update(`${name}\n`).update(fs.readFileSync(file));
  }
  return hash.digest("hex");
}

/**
 * The npx that belongs to the npm that runs us, else the one on the path.
 *
 * @returns {[string, ...string[]]}
 */
function npx() {
  const npm = process.env["npm_execpath"];
  const sibling = npm === undefined ? "" : path.join(path.dirname(npm), "npx-cli.js");
  return sibling !== "" && fs.existsSync(sibling) ? [process.execPath, sibling] : ["npx"];
}

/**
 * @param {unknown} error
 * @param {string} code
 * @param {string} hint
 */
function report(error, code, hint) {
  if (!(error instanceof ChildError)) throw error;
  process.stderr.write(`${error.output.trimEnd()}\n${code}: ${error.message}. ${hint}\n`);
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`indicia: ${line}\n`);
}
