import { mkdir, rm } from "node:fs/promises";
import type { EndpointProtocol } from "@indicia/suspects/protocol";
import type { StoredTarget } from "../database/resource-tables.js";
import { VerifierError } from "../error.js";
import type { SignedIn } from "../http/env.js";
import { reaches } from "../http/requires.js";
import { newId } from "../new-id.js";
import type { Services } from "../services.js";
import type { NewSuspect } from "../shapes/suspects.js";
import { limited } from "../tasks/limited.js";
import { requireOutput } from "../tasks/require-output.js";
import { runTask } from "../tasks/run-task.js";
import { dropUpload, requireUpload } from "../uploads/upload-store.js";
import { checkEndpoint } from "./check-endpoint.js";
import { sealSecrets, sealUrl } from "./suspect-secrets.js";
import { SUSPECT_FILE, type SuspectRow } from "./suspect-store.js";

/** Requests per second where nobody says. */
const DEFAULT_RATE = 20;
/** To look through and hash the largest model. */
const CHECK_MS = 300_000;
const checking = limited({ atOnce: 2, waiting: 8 });

type Target<Kind extends NewSuspect["target"]["kind"]> = Extract<
  NewSuspect["target"],
  { readonly kind: Kind }
>;

/**
 * Take down a suspect. An endpoint is not asked yet.
 *
 * @throws VerifierError UNPROCESSABLE for what cannot be asked, ROLE_REQUIRED for private addresses
 */
export async function createSuspect(
  services: Services,
  signedIn: SignedIn,
  asked: NewSuspect,
): Promise<SuspectRow> {
  const id = newId(services.clock());
  const { target } = asked;
  if (target.kind === "endpoint")
    return await insert(services, { id, asked, target: await endpointTarget(target, signedIn) }, target);
  const folder = services.data.suspect(id);
  await mkdir(folder, { recursive: true });
  try {
    const placed = await placeFile(services, { target, folder, userId: signedIn.userId });
    const row = await insert(services, { id, asked, target: placed }, null);
    await dropUpload(services, target.upload);
    return row;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function endpointTarget(target: Target<"endpoint">, { role }: SignedIn): Promise<StoredTarget> {
  const { headers, secrets = {}, ...shown } = target;
  if (target.allowPrivate && !reaches(role, "admin"))
    throw new VerifierError(
      "ROLE_REQUIRED",
      "only admins may allow addresses of one's own network",
      "Ask an admin to add this suspect.",
    );
  const protocol = target.protocol as EndpointProtocol;
  return { ...shown, url: await checkEndpoint({ ...shown, protocol, headers, secrets }) };
}

async function placeFile(
  services: Services,
  given: { readonly target: Target<"file">; readonly folder: string; readonly userId: string },
): Promise<StoredTarget> {
  const { target, folder, userId } = given;
  const upload = await requireUpload(services, { id: target.upload, userId });
  const input = { upload: upload.path, folder, name: SUSPECT_FILE, taken: [] };
  const { sha256, bytes } = await checking(async () =>
    requireOutput(await runTask("place-model", input, { timeoutMs: CHECK_MS, hide: services.data.root })),
  );
  return { kind: "file", protocol: target.protocol, name: upload.name, sha256, bytes };
}

async function insert(
  services: Services,
  given: { readonly id: string; readonly asked: NewSuspect; readonly target: StoredTarget },
  secret: Target<"endpoint"> | null,
): Promise<SuspectRow> {
  const { id, asked, target } = given;
  const address = target.kind === "file" ? null : await sealUrl(services, { id, url: new URL(target.url) });
  const kept = target.kind === "file" || address === null ? target : { ...target, url: address.shown };
  const headers = await sealSecrets(services, { id, name: "headers", values: secret?.headers ?? {} });
  const secrets = await sealSecrets(services, { id, name: "secrets", values: secret?.secrets ?? {} });
  return await services.database.tables
    .insertInto("suspects")
    .values({
      id,
      name: asked.name,
      notes: asked.notes ?? "",
      created: services.clock(),
      target: JSON.stringify(kept),
      header_names: headers.names,
      headers: headers.sealed,
      secret_names: secrets.names,
      secrets: secrets.sealed,
      query: address?.query ?? null,
      rate: asked.rate ?? DEFAULT_RATE,
      inspection: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}
