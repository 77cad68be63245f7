import type { Generated } from "kysely";
import type { Role } from "../shapes/access.js";

/** Tables of people, keys and what was done; see the migration of the same name. */
export interface AccessTables {
  readonly users: {
    id: string;
    name: string;
    /** Salted and stretched; see `access/passwords.ts`. */
    password: string;
    role: Role;
    created: Date;
    disabled: Generated<boolean>;
  };
  readonly sessions: {
    /** SHA-256 of the token, hex. */
    id: string;
    user: string;
    begun: Date;
    /** To within a minute. */
    seen: Date;
    /** Begun by a ticket: whoever forgot his password sets one without it, once. */
    may_set_password: boolean;
  };
  readonly tickets: {
    /** SHA-256 of the ticket, hex. */
    id: string;
    user: string;
    expires: Date;
  };
  readonly api_keys: {
    id: string;
    name: string;
    prefix: string;
    /** SHA-256 of the key, hex. */
    sha256: string;
    role: Role;
    user: string;
    created: Date;
    expires: Date | null;
    /** To within a minute. */
    last_used: Date | null;
  };
  readonly owner_keys: {
    id: string;
    name: string;
    created: Date;
    /** The owner key, 32 bytes, sealed for `owner-key/ID`. */
    sealed: Uint8Array;
  };
  readonly idempotency: {
    user: string;
    /** What the client called the request. */
    key: string;
    /** SHA-256 of method, path, who asks, and body, hex. */
    request: string;
    begun: Date;
    /** Sealed answer, since some hold secrets; null while it is being made. */
    answer: Uint8Array | null;
  };
  /** Kept by the limiter of sign-ins. */
  readonly sign_in_limits: {
    key: string;
    points: number;
    expire: string | null;
  };
  readonly settings: {
    name: string;
    /** JSON. */
    value: string;
  };
  readonly audit_lines: {
    /** Position in the chain, from 0. */
    index: number;
    time: Date;
    actor: string;
    action: string;
    object: string | null;
    /** The line of the chain itself. */
    line: string;
    hash: string;
  };
}
