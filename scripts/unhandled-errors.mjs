import fs from "node:fs";

/** Names the file to which a run of vitest tells the errors that belong to no test. */
export const ERRORS_FILE = "INDICIA_UNHANDLED_ERRORS";

/** A reporter for what the JSON report leaves out: errors that nobody caught, a list of texts. */
export default class UnhandledErrors {
  /**
   * @param {readonly unknown[]} _
   * @param {readonly { readonly message?: string, readonly stack?: string }[]} errors
   */
  onTestRunEnd(_, errors) {
    const file = process.env[ERRORS_FILE];
    if (file === undefined) return;
    const texts = errors.map(({ message, stack }) => stack ?? message ?? "an error without words");
    fs.writeFileSync(file, JSON.stringify(texts));
  }
}
