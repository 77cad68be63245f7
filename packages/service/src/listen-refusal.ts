/** Why an address cannot be listened on, by the codes of the system that somebody can do something about. */
const REASONS: Readonly<Record<string, { readonly reason: string; readonly hint: string }>> = {
  EADDRINUSE: {
    reason: "another program listens there",
    hint: "End it, or choose another port with --port.",
  },
  EACCES: { reason: "the system does not allow it", hint: "Choose a port above 1023 with --port." },
  EADDRNOTAVAIL: {
    reason: "this machine has no such address",
    hint: "Choose one that it has, or 0.0.0.0 for all of them, with --host.",
  },
  ENOTFOUND: { reason: "there is no such host", hint: "Choose an address of this machine with --host." },
};

/** What to tell whoever chose an address that cannot be listened on; null for any other error. */
export function listenRefusal(
  cause: unknown,
  { host, port }: { readonly host: string; readonly port: number },
): { readonly message: string; readonly hint: string } | null {
  const found = cause instanceof Error && "code" in cause ? REASONS[String(cause.code)] : undefined;
  if (found === undefined) return null;
  return { message: `it cannot listen at ${host}, port ${port}: ${found.reason}`, hint: found.hint };
}
