import { exportGatewayKey } from "@indicia/core/gateway-keys";
import { readRegistration } from "@indicia/core/registration-folder";
import { GATEWAY_SUB_KEY } from "@indicia/proof/customer-keys";
import type { Job } from "./context.js";
import { readKeyFile } from "./key-file.js";
import { writeNewFile } from "./new-file.js";
import type { KeyGatewayOptions } from "./options.js";

/** `indicia key gateway`: export the gateway's sub-key by itself. */
export const keyGateway: Job<KeyGatewayOptions> = async (options, context) => {
  const registration = await readRegistration(options.registration);
  const ownerKey = await readKeyFile(options.key, context);
  await writeNewFile(options.out, exportGatewayKey(registration, ownerKey), 0o600);
  context.say(
    `${options.out} holds sub-key ${GATEWAY_SUB_KEY}, in the clear: it marks answers for customers, and nothing else.`,
  );
  return { exitCode: 0, report: { out: options.out, subKey: GATEWAY_SUB_KEY } };
};
