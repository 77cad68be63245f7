import { type DatedEntry, datedEntry } from "@indicia/evidence/signed-chain-dates";
import type { NotedChain } from "@indicia/evidence/noted-lines";
import type { ReadCertificate } from "@indicia/evidence/x509-certificate";
import type { DatedChain } from "@indicia/evidence/signed-chain-file";
import type { Registration } from "@indicia/core/registration";
import { openRegistrationChain } from "@indicia/core/registration-folder";
import type { Context } from "./context.js";
import { askAuthorities } from "./ask-authorities.js";
import type { AuthorityOptions } from "./options.js";

/** Where a signed chain of a registration is noted. */
export interface NotedIn {
  /** As the registration's chain calls it. */
  readonly kind: "secrets" | "terms";
  readonly registrationFolder: string;
  readonly registration: Registration;
}

/** Authorities that are to date a chain, and the roots to which they have to lead. */
export type Dating = AuthorityOptions & { readonly trusted: readonly ReadCertificate[] };

/** Have the registration's chain take note of how far a signed chain has grown. */
export async function noteGrowth(
  { grown }: DatedChain,
  { kind, registrationFolder, registration }: NotedIn,
  context: Context,
): Promise<void> {
  const chain = await openRegistrationChain(registrationFolder, registration, context.now);
  try {
    await chain.append(kind, grown);
  } finally {
    await chain.close();
  }
}

/**
 * Have what was entered last, and with it everything before, dated where authorities were named; keep what they answer,
 * and take note of that too.
 *
 * @returns how many dated it
 * @throws those of `askAuthorities`
 */
export async function dateGrowth(
  chain: DatedChain,
  noted: NotedIn,
  dating: Dating,
  context: Context,
): Promise<number> {
  if (dating.authorities.length === 0) return 0;
  const dated = await dateLine(chain.grown, dating, context);
  for (const each of dated) await chain.keep(each);
  if (dated.length > 0) await noteGrowth(chain, noted, context);
  return dated.length;
}

/** Have the last line of a signed chain dated by every authority at once: what is to be kept, one for each. */
async function dateLine(grown: NotedChain, options: Dating, context: Context): Promise<DatedEntry[]> {
  const { authorities, trusted } = options;
  const found = await askAuthorities(grown.head, { timestamps: [], roots: [], beacon: null }, options);
  return authorities.flatMap(({ url, qualified }, i) => {
    const dated = found[i];
    if (dated === undefined) return [];
    context.say(`Dated ${dated.found.time} by "${dated.found.signer.subject}".`);
    const line = { index: grown.entries - 1, hash: grown.head };
    return [datedEntry(line, { authority: url.href, qualified, token: dated.bytes, roots: trusted })];
  });
}
