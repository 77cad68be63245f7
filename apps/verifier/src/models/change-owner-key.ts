import { VerifierError } from "../error.js";
import type { SignedIn } from "../http/env.js";
import { reaches } from "../http/requires.js";
import type { Services } from "../services.js";
import { limited } from "../tasks/limited.js";
import { requireOutput } from "../tasks/require-output.js";
import { runTask } from "../tasks/run-task.js";
import { type ModelRow, registrationFolder, requireReady } from "./model-store.js";
import { openOwnerKey } from "./open-owner-key.js";

/** To read a registration with its basis. */
const CHECK_MS = 60_000;
const checking = limited({ atOnce: 1, waiting: 8 });

/**
 * See whether a registered model may get another owner key, or none. A key has to be the one that the registration commits
 * to; it is taken away from under nobody who is marking a copy with it.
 *
 * @param ownerKey id of one that the service keeps, or null to keep the key out from now on
 * @throws VerifierError ROLE_REQUIRED, STATE_CONFLICT, UNPROCESSABLE
 */
export async function requireKeyChange(
  services: Services,
  signedIn: SignedIn,
  { model, ownerKey }: { readonly model: ModelRow; readonly ownerKey: string | null },
): Promise<void> {
  if (!reaches(signedIn.role, "admin"))
    throw new VerifierError(
      "ROLE_REQUIRED",
      "only admins may give a model its owner key, or take it away",
      "Ask an admin to do it.",
    );
  requireReady(model);
  const job = await services.database.tables
    .selectFrom("model_jobs")
    .select("id")
    .where("model", "=", model.id)
    .executeTakeFirst();
  if (job !== undefined)
    throw new VerifierError(
      "STATE_CONFLICT",
      "a copy is being marked with the key",
      "Wait until that has ended.",
    );
  if (ownerKey === null) return;
  const held = await openOwnerKey(services, ownerKey);
  if (held === null)
    throw new VerifierError(
      "UNPROCESSABLE",
      `there is no owner key ${ownerKey}`,
      "Name one of the list of owner keys.",
    );
  const input = { registration: registrationFolder(services, model.id), ownerKey: held };
  try {
    await checking(async () =>
      requireOutput(
        await runTask("check-owner-key", input, { timeoutMs: CHECK_MS, hide: services.data.root }),
      ),
    );
  } finally {
    held.fill(0);
  }
}
