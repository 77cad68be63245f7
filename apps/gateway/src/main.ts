#!/usr/bin/env node
import { parseArgs } from "node:util";
import { parsePolicy } from "./output-policy.js";
import { serve } from "./serve.js";

const USAGE =
  "indicia-gateway --model FILE [--name NAME] [--port 0] [--host 127.0.0.1] [--output full|round:N|top-k:K|labels]";

function fail(message: string, exitCode: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
}

function readOptions(): {
  model: string;
  name: string;
  port: number;
  host: string;
  policy: NonNullable<ReturnType<typeof parsePolicy>>;
} {
  const { values } = parseArgs({
    options: {
      model: { type: "string" },
      name: { type: "string", default: "model" },
      port: { type: "string", default: "0" },
      host: { type: "string", default: "127.0.0.1" },
      output: { type: "string", default: "full" },
    },
  });
  const policy = parsePolicy(values.output);
  const port = Number(values.port);
  if (values.model === undefined || policy === null || !Number.isInteger(port) || port < 0 || port > 65_535) {
    fail(`GATEWAY_USAGE: an option is missing or malformed. ${USAGE}`, 2);
  }
  return { model: values.model, name: values.name, port, host: values.host, policy };
}

try {
  const options = readOptions();
  const served = await serve(options);
  process.stdout.write(`${JSON.stringify({ address: served.address, model: options.name })}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void served.close().then(() => process.exit(0)));
  }
} catch (error) {
  const code = error instanceof Error && "code" in error ? String(error.code) : "GATEWAY_FAILED";
  fail(`${code}: ${error instanceof Error ? error.message : String(error)}. ${USAGE}`, 2);
}
