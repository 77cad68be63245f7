import { parseArgs } from "node:util";
import { type Checked, checkConfig } from "../config/check.js";
import { readConfig } from "../config/read-config.js";
import { type Outcome, UsageError } from "./outcome.js";
import { USAGES } from "./usages.js";

/**
 * `check`: open everything that a configuration names, without serving it, and tell what was found.
 *
 * @throws GatewayError where the configuration itself cannot be read
 */
export async function checkCommand(
  args: readonly string[],
  {
    clock,
    environment,
  }: { readonly clock: () => Date; readonly environment: Readonly<Record<string, string | undefined>> },
): Promise<Outcome> {
  const { values } = parseArgs({
    args: [...args],
    options: { config: { type: "string" }, data: { type: "string" }, json: { type: "boolean" } },
  });
  if (values.config === undefined) throw new UsageError(`--config is missing. ${USAGES.check}`);
  const config = await readConfig(values.config, environment);
  const checks = await checkConfig(config, clock, values.data ?? null);
  const failed = checks.filter(({ ok }) => !ok).length;
  const warned = checks.filter(({ warning }) => warning).length;
  const ready = failed === 0;
  const warnings = warned === 0 ? "" : `, with ${warned} ${warned === 1 ? "warning" : "warnings"}`;
  const last = ready
    ? `Ready to serve${warnings}: everything that is named is there and fits.`
    : `Not ready: ${failed} of ${checks.length - warned} parts do not check out${warnings}.`;
  const lines = [...checks.flatMap(linesOf), last];
  return { exitCode: ready ? 0 : 1, report: { ok: ready, warnings: warned, checks, lines }, lines };
}

/** What was found of a part, and in a line of its own what to do about it. */
function linesOf({ part, ok, warning, told, code, hint }: Checked): string[] {
  const word = warning ? "warn" : ok ? "ok" : "FAIL";
  const first = `${word.padEnd(5)} ${part}: ${told}${code === null ? "" : ` [${code}]`}`;
  return hint === null || (ok && !warning) ? [first] : [first, `      what to do: ${hint}`];
}
