import { spawn } from "node:child_process";
import { constants } from "node:os";
import { root } from "./root.mjs";

/** A child process that did not end well, with what it printed. */
export class ChildError extends Error {
  /**
   * @param {string} message
   * @param {string} output what the child printed
   */
  constructor(message, output) {
    super(message);
    this.name = "ChildError";
    this.output = output;
  }
}

/**
 * Run a program to its end on our own output streams, in the checkout's folder.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code; 128 + n where signal n ended it
 */
export function runAttached(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: "inherit" });
  const release = forwardSignals(child);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  }).finally(release);
}

/**
 * Run a program quietly in the checkout's folder; what it printed is only kept for the error.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} [environment] added to our own
 * @returns {Promise<void>}
 * @throws {ChildError} where it cannot start or ends with another exit code than 0
 */
export function runQuietly(command, args, environment = {}) {
  // npm's shims on Windows are .cmd files, which only a shell can start.
  const shell = process.platform === "win32" && command === "npx";
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    shell,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const release = forwardSignals(child);
  /** @type {Buffer[]} */
  const output = [];
  child.stdout.on("data", (chunk) => output.push(chunk));
  child.stderr.on("data", (chunk) => output.push(chunk));
  return new Promise((resolve, reject) => {
    const fail = (/** @type {string} */ message) =>
      reject(new ChildError(message, Buffer.concat(output).toString()));
    child.once("error", (error) => fail(error.message));
    child.once("close", (code, signal) => {
      if (code === 0) resolve(undefined);
      else fail(code === null ? `ended by ${signal}` : `exit code ${code}`);
    });
  }).finally(release);
}

/**
 * Hand the signals that ask us to stop to the child, and outlive it: only the child knows how to stop tidily.
 *
 * @param {import("node:child_process").ChildProcess} child
 * @returns {() => void} ends the forwarding
 */
function forwardSignals(child) {
  const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  process.on("SIGINT", leaveToChild);
  process.on("SIGTERM", forward);
  process.on("SIGHUP", forward);
  return () => {
    process.off("SIGINT", leaveToChild);
    process.off("SIGTERM", forward);
    process.off("SIGHUP", forward);
  };
}

/** A terminal sends SIGINT to the child itself; it only must not end us first. */
function leaveToChild() {}
