import type { TermsDesk } from "../terms-desk.js";
import type { Defence } from "./defence.js";

/** Nobody is answered who has not accepted the terms in force. */
export function termsDefence(desk: Pick<TermsDesk, "require" | "close">): Defence {
  return {
    name: "terms",
    enter: ({ account }) => desk.require(account?.customer ?? null),
    close: () => desk.close(),
  };
}
