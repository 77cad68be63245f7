import { parseArgs } from "node:util";
import { openGateway } from "../config/open-gateway.js";
import { readConfig } from "../config/read-config.js";
import { UsageError } from "./outcome.js";
import type { Running } from "./running.js";
import { USAGES } from "./usages.js";

/** `--config FILE`: serve what a configuration says. @throws GatewayError and what opening its parts throws */
export async function serveConfig(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Running> {
  const { values } = parseArgs({ args: [...args], options: { config: { type: "string" } } });
  if (values.config === undefined) throw new UsageError(`--config is missing. ${USAGES.config}`);
  const config = await readConfig(values.config, environment);
  const { address, ops, reload, close } = await openGateway(config, { clock: () => new Date() });
  return { started: { address, ops, models: config.models.map(({ name }) => name) }, reload, close };
}
