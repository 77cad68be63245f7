import type { Asked } from "./defences/defence.js";

/** By what an account is known to the monitor and to those who run the gateway; where nobody is told apart, addresses are. */
export function accountName({ account, address }: Pick<Asked, "account" | "address">): string {
  return account?.id ?? `address ${address ?? "unknown"}`;
}
