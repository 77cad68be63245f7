import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { runAttached } from "./child.mjs";
import { root } from "./root.mjs";
import { ERRORS_FILE } from "./unhandled-errors.mjs";

/**
 * Run vitest and end with what failed and the plain count `N passed, N failed`. Where INDICIA_COUNT names a file, the
 * count and, after it, the failures go there instead, for whoever adds up several runs.
 *
 * @param {string} config a vitest configuration in the checkout's folder
 * @param {readonly string[]} args further arguments of vitest
 * @returns {Promise<number>} the exit code
 */
export async function runTests(config, args) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "indicia-tests-"));
  const report = path.join(folder, "report.json");
  const errors = path.join(folder, "errors.json");
  try {
    const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
    const reporters = [
      "--reporter=default",
      "--reporter=json",
      `--reporter=${path.join(root, "scripts", "unhandled-errors.mjs")}`,
      `--outputFile.json=${report}`,
    ];
    process.env[ERRORS_FILE] = errors;
    const code = await runAttached(process.execPath, [
      vitest,
      "run",
      "--config",
      config,
      ...reporters,
      ...args,
    ]);
    const results = fs.existsSync(report) ? JSON.parse(fs.readFileSync(report, "utf8")) : null;
    const count = countTests(results, code);
    const failures = [...failureLines(results, root), ...badEndLines(results, code, readErrors(errors))];
    const target = process.env["INDICIA_COUNT"];
    if (target === undefined) process.stdout.write([...failures, closingLine(count), ""].join("\n"));
    else {
      const numbers = `${count.passed} ${count.failed} ${count.skipped}`;
      fs.writeFileSync(target, [numbers, ...failures, ""].join("\n"));
    }
    return count.failed === 0 ? code : 1;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @typedef {{ readonly passed: number, readonly failed: number, readonly skipped: number }} Count
 * @typedef {{ readonly status: string, readonly fullName?: string, readonly failureMessages?: readonly string[] }} TestReport
 * @typedef {{
 *   readonly status: string,
 *   readonly name?: string,
 *   readonly message?: string,
 *   readonly assertionResults: readonly TestReport[],
 * }} FileReport
 */

/** Lines of a failure's message that are told again at the end of a run. */
const TOLD_LINES = 12;

/**
 * What failed, to be read at the very end of a long run's output.
 *
 * @param {{ readonly testResults: readonly FileReport[] } | null} report null where there is none
 * @param {string} folder to which files are named
 * @returns {string[]} lines
 */
export function failureLines(report, folder) {
  return (report?.testResults ?? []).flatMap((file) => {
    const name = path.relative(folder, file.name ?? "");
    const failed = file.assertionResults.filter(({ status }) => status === "failed");
    if (failed.length === 0)
      return file.status === "failed" ? told(`FAILED ${name}`, [file.message ?? ""]) : [];
    return failed.flatMap(({ fullName = "", failureMessages = [] }) =>
      told(`FAILED ${name} > ${fullName}`, failureMessages),
    );
  });
}

/**
 * Why a run without a failed test ended badly; nothing where a test or a file failed, or all went well.
 *
 * @param {{ readonly testResults: readonly FileReport[] } | null} report null where there is none
 * @param {number} exitCode of vitest
 * @param {readonly string[] | null} errors that belong to no test, or null where vitest did not get as far as telling them
 * @returns {string[]} lines
 */
export function badEndLines(report, exitCode, errors) {
  if (exitCode === 0 || (report?.testResults ?? []).some(({ status }) => status === "failed")) return [];
  const title = `FAILED (vitest ended with code ${exitCode} although no test failed: `;
  if (errors === null) return [`${title}it did not reach its end, see its output above)`];
  if (errors.length === 0) return [`${title}see its output above)`];
  const what = errors.length === 1 ? "an unhandled error" : `${errors.length} unhandled errors`;
  return [`${title}${what})`, ...errors.flatMap((error) => told("an unhandled error:", [error]))];
}

/**
 * @param {string} file as `unhandled-errors.mjs` wrote it
 * @returns {readonly string[] | null} null where there is none
 */
function readErrors(file) {
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : null;
}

/**
 * @param {string} title
 * @param {readonly string[]} messages
 */
function told(title, messages) {
  const lines = messages.join("\n").split("\n").slice(0, TOLD_LINES);
  return [title, ...lines.filter((line) => line.trim() !== "").map((line) => `  ${line}`)];
}

/**
 * What vitest's JSON report says. A file that broke before its first test counts as one failure, and so does a run
 * that ended badly for any other reason.
 *
 * @param {{ readonly testResults: readonly FileReport[] } | null} report null where there is none
 * @param {number} exitCode of vitest
 * @returns {Count}
 */
export function countTests(report, exitCode) {
  const files = report?.testResults ?? [];
  const states = files.flatMap((file) => file.assertionResults.map(({ status }) => status));
  const number = (/** @type {string} */ state) => states.filter((other) => other === state).length;
  const broken = files.filter(
    (file) => file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed"),
  ).length;
  const passed = number("passed");
  const failed = number("failed") + broken;
  return {
    passed,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: states.length - passed - number("failed"),
  };
}

/** @param {Count} count */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}
