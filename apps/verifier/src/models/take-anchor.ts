import path from "node:path";
import { checkUrl } from "@indicia/suspects/checked-connect";
import { SuspectError } from "@indicia/suspects/error";
import { VerifierError } from "../error.js";
import type { SignedIn } from "../http/env.js";
import { reaches } from "../http/requires.js";
import type { Services } from "../services.js";
import type { NewAnchor } from "../shapes/models.js";
import { adoptUpload, requireUpload } from "../uploads/upload-store.js";
import type { MakeRegistrationOptions } from "./make-registration.js";
import { MODEL_FILES } from "./model-files.js";

/** A file of roots has a few certificates of some thousand bytes. */
const MAX_ROOTS_BYTES: number = 2 ** 20;
const ROOTS = `${MODEL_FILES.inputs}/roots.pem`;
const NONE: NewAnchor = { authorities: [], roots: null, allowPrivate: false, beacon: null };

/**
 * What a registration is to be tied to, its roots placed in the model's folder. Where an authority's name leads is checked
 * when it is asked.
 *
 * @throws VerifierError ROLE_REQUIRED, UNPROCESSABLE
 */
export async function takeAnchor(
  making: { readonly services: Services; readonly signedIn: SignedIn; readonly folder: string },
  anchor: NewAnchor = NONE,
): Promise<{ readonly options: MakeRegistrationOptions["anchor"]; readonly upload: string | null }> {
  const { services, signedIn, folder } = making;
  if (anchor.allowPrivate && !reaches(signedIn.role, "admin"))
    throw new VerifierError(
      "ROLE_REQUIRED",
      "only admins may allow authorities in one's own network",
      "Ask an admin to register this model, or name a public authority.",
    );
  const authorities = anchor.authorities.map(({ url, qualified }) => ({
    url: authorityUrl(url, anchor),
    qualified,
  }));
  const { allowPrivate, beacon } = anchor;
  const options = { authorities, allowPrivate, beacon, roots: anchor.roots === null ? null : ROOTS };
  if (anchor.roots === null) return { options, upload: null };
  const upload = await requireUpload(services, { id: anchor.roots, userId: signedIn.userId });
  if (upload.bytes > MAX_ROOTS_BYTES)
    throw unusable(`the file of roots has more than ${MAX_ROOTS_BYTES} bytes`, "Upload a PEM file.");
  await adoptUpload(upload, path.join(folder, ROOTS));
  return { options, upload: upload.id };
}

function authorityUrl(text: string, { allowPrivate }: NewAnchor): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const hint = "Give an http(s) address without a password; an admin may allow private ones.";
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw unusable("the timestamp authority's address is none", hint);
  try {
    checkUrl(url, { allowPrivate });
  } catch (error) {
    if (error instanceof SuspectError) throw unusable(error.message, hint);
    throw error;
  }
  return url.href;
}

function unusable(message: string, hint: string): VerifierError {
  return new VerifierError("UNPROCESSABLE", message, hint);
}
