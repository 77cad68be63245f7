import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { runQuietly } from "./child.mjs";

/** Everything that the page is made of, beside what is installed. */
const SOURCES = ["apps/verifier/web", "packages/evidence/src", "packages/proof/src"];
const OUTPUT = "apps/verifier/dist";

/**
 * Build the verifier's page for the browser, unless it was built from the very same files before.
 *
 * @param {string} root
 * @throws {import("./child.mjs").ChildError}
 */
export async function buildPage(root) {
  const stamp = path.join(root, OUTPUT, ".web-stamp");
  const wanted = sourceHash(root);
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === wanted) return;
  const app = path.join(root, "apps", "verifier");
  const vite = path.join(app, "node_modules", "vite", "bin", "vite.js");
  await runQuietly(process.execPath, [vite, "build", path.join(app, "web")]);
  fs.writeFileSync(stamp, wanted);
}

/** @param {string} root */
function sourceHash(root) {
  const hash = createHash("sha256");
  const files = SOURCES.flatMap((folder) => filesIn(path.join(root, folder)))
    .filter((file) => !file.includes(".test."))
    .toSorted();
  for (const file of [path.join(root, "pnpm-lock.yaml"), ...files])
    hash.update(`${path.relative(root, file)}\0`).update(fs.readFileSync(file));
  return hash.digest("hex");
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesIn(folder) {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? filesIn(path.join(folder, entry.name)) : [path.join(folder, entry.name)],
    );
}
