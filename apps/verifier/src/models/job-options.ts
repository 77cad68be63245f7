import type { MakeRegistrationOptions } from "./make-registration.js";
import type { MarkCopyOptions } from "./mark-copy.js";

/** What is to be done to a model in the background; the payload is kept apart, sealed. */
export type ModelJobOptions =
  | ({ readonly kind: "register" } & MakeRegistrationOptions)
  | ({ readonly kind: "mark"; readonly copy: string } & MarkCopyOptions);
