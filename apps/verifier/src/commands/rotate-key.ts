import path from "node:path";
import { openAudit } from "../audit/audit-log.js";
import type { Settings } from "../config/settings.js";
import { openServices, requireMade } from "../open-services.js";
import { createLog } from "../ops/log.js";
import { makeKey, readKey } from "../secrets/master-key.js";
import { createSecretBox } from "../secrets/secret-box.js";
import { sealAgain } from "../secrets/rotate-key.js";

/**
 * `rotate-key --new-key FILE`: seal everything under another key, which is made where there is no such file. Other
 * processes have to be stopped before, and all of them start with the new key afterwards.
 */
export async function rotateKey(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
  newKey: string,
): Promise<Readonly<Record<string, unknown>>> {
  await requireMade(settings);
  const log = createLog(settings["log-level"]);
  const file = path.resolve(newKey);
  const { services, close } = await openServices(settings, { environment, log, clock: () => new Date() });
  try {
    const key = (await readKey(file)) ?? (await makeKey(file));
    const { database, clock } = services;
    const box = createSecretBox([key]);
    const secrets = await sealAgain(database, services.secrets, box);
    await openAudit({ database, secrets: box, clock, log })(
      { name: "system", address: null },
      "secret-key.rotate",
      null,
      { secrets },
    );
    return {
      secretKey: file,
      secrets,
      next: `start with --secret-key-file ${file}, and destroy the old key`,
    };
  } finally {
    await close();
  }
}
