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
  const last =
    failed === 0
      ? "everything that is named is there and fits"
      : `${failed} of ${checks.length} do not check out`;
  return {
    exitCode: failed === 0 ? 0 : 1,
    report: { ok: failed === 0, checks },
    lines: [...checks.map(lineOf), last],
  };
}

function lineOf({ part, ok, told, code, hint }: Checked): string {
  return ok ? `ok    ${part}: ${told}` : `FAIL  ${part}: ${code}: ${told}${hint === null ? "" : ` ${hint}`}`;
}
