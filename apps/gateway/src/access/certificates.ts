import type { Account } from "../defences/defence.js";
import type { Networks } from "./networks.js";

/** A client whose certificate the proxy in front has checked. */
export interface CertificateHolder {
  /** What the proxy writes into the header: a fingerprint, or the subject's name. */
  readonly certificate: string;
  readonly account: string;
  readonly organisation: string | null;
  readonly customer: string | null;
  readonly scopes: readonly string[];
}

export interface CertificateOptions {
  /** Header in which the proxy says which certificate the client has. */
  readonly header: string;
  /** From where alone that header is believed. */
  readonly proxies: Networks;
  readonly holders: readonly CertificateHolder[];
}

/** A fingerprint however it is written: with or without colons, in either case. */
const FINGERPRINT = /^(?:[0-9a-f]{2}:?){20,64}$/i;

/**
 * Who holds the certificate that a trusted proxy names.
 *
 * @param peer address of the socket
 * @returns null where no proxy names one, or it is nobody's
 */
export function certificateAccount(
  { header, proxies, holders }: CertificateOptions,
  headers: { get(name: string): string | null },
  peer: string | null,
): Account | null {
  const value = headers.get(header);
  if (value === null || !proxies(peer)) return null;
  const certificate = plain(value);
  const holder = holders.find((each) => plain(each.certificate) === certificate);
  if (holder === undefined) return null;
  const { account, organisation, customer, scopes } = holder;
  return { id: `mtls:${account}`, organisation, customer, scopes };
}

function plain(value: string): string {
  const text = value.trim();
  return FINGERPRINT.test(text) ? text.replaceAll(":", "").toLowerCase() : text;
}
