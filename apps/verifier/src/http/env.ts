import type { Admission } from "../access/admissions.js";
import type { Actor } from "../services.js";
import type { Role } from "../shapes/access.js";

/** Who a request comes from, once that is known. */
export interface SignedIn extends Actor {
  readonly userId: string;
  readonly role: Role;
}

/** What handlers find in `context.var`. */
export interface Env {
  readonly Variables: {
    readonly requestId: string;
    /** Where the request comes from, or null where that cannot be told. */
    readonly address: string | null;
    /** Set for every route below `/api/v1` but those of signing in. */
    readonly signedIn: SignedIn;
    /** Null for whoever came with an API key. */
    readonly session: Admission["session"];
  };
}
