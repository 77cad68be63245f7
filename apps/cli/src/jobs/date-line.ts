import { type DatedEntry, datedEntry } from "@indicia/evidence/signed-chain-dates";
import type { NotedChain } from "@indicia/evidence/noted-lines";
import type { ReadCertificate } from "@indicia/evidence/x509-certificate";
import type { Context } from "../context.js";
import { askAuthorities } from "./ask-authorities.js";
import type { AuthorityOptions } from "./options.js";

/**
 * Have the last line of a signed chain dated by every authority at once, and with it everything before.
 *
 * @param grown how far the chain has grown
 * @returns what is to be kept, one for each authority
 * @throws those of `askAuthorities`
 */
export async function dateLine(
  grown: NotedChain,
  options: AuthorityOptions & { readonly trusted: readonly ReadCertificate[] },
  context: Context,
): Promise<DatedEntry[]> {
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
