import { BenchError } from "../error.js";
import { headersOf } from "../gateway/ask-gateway.js";

/**
 * Accept the terms that a gateway has in force.
 *
 * @returns their version
 * @throws BenchError COMMAND_FAILED where it has none, or does not take the acceptance
 */
export async function acceptTerms(address: string, token: string | null): Promise<string> {
  const at = address.replace(/\/$/, "");
  const headers = headersOf(token);
  const { version, sha256 } = await answerOf(fetch(`${at}/terms`, { headers }));
  const body = JSON.stringify({ version, sha256 });
  await answerOf(fetch(`${at}/terms/acceptance`, { method: "POST", headers, body }));
  return String(version);
}

async function answerOf(asking: Promise<Response>): Promise<{ version?: unknown; sha256?: unknown }> {
  const response = await asking;
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as { version?: unknown; sha256?: unknown };
  throw new BenchError(
    "COMMAND_FAILED",
    `the gateway's terms could not be accepted: it answered ${response.status}: ${text.slice(0, 300)}`,
    "Leave out --accept where there are no terms.",
  );
}
