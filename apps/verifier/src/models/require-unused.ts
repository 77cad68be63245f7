import { VerifierError } from "../error.js";
import type { Services } from "../services.js";

/** @throws VerifierError CONFLICT where investigations or probe sets are about the model */
export async function requireUnusedModel({ database }: Services, model: string): Promise<void> {
  const used = await database.tables
    .selectFrom("probe_sets")
    .select("id")
    .where("model", "=", model)
    .executeTakeFirst();
  if (used !== undefined)
    throw new VerifierError(
      "CONFLICT",
      `the probe set ${used.id} belongs to it`,
      "Delete what belongs to it first.",
    );
}
