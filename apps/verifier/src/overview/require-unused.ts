import { VerifierError } from "../error.js";
import type { Services } from "../services.js";

/**
 * Refuse to delete what investigations are about: what they found would have lost its subject.
 *
 * @throws VerifierError CONFLICT
 */
export async function requireUnused(
  { database }: Pick<Services, "database">,
  subject: { readonly model: string } | { readonly suspect: string },
): Promise<void> {
  const { tables } = database;
  const [column, id] =
    "model" in subject ? (["model", subject.model] as const) : (["suspect", subject.suspect] as const);
  const investigation = await tables
    .selectFrom("investigations")
    .select("id")
    .where(column, "=", id)
    .executeTakeFirst();
  if (investigation !== undefined) throw used(`the investigation ${investigation.id} is about it`);
  if (column === "suspect") return;
  const probeSet = await tables
    .selectFrom("probe_sets")
    .select("id")
    .where("model", "=", id)
    .executeTakeFirst();
  if (probeSet !== undefined) throw used(`the probe set ${probeSet.id} belongs to it`);
}

function used(why: string): VerifierError {
  return new VerifierError("CONFLICT", `it cannot be deleted: ${why}`, "Delete that first, or keep both.");
}
