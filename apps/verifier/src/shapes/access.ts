/** Viewers read, investigators also register, ask and conclude, admins also manage people, keys and settings. */
export type Role = "viewer" | "investigator" | "admin";

/** Whoever asks, as the page needs to know. */
export interface Me {
  readonly user: User;
  /** To be sent as `x-csrf-token` with everything that changes something; null for API keys, which need none. */
  readonly csrf: string | null;
}

/** `POST /session`: a name with its password, or a ticket that the service printed and that works once. */
export type SignIn = { readonly name: string; readonly password: string } | { readonly ticket: string };

export interface User {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly created: string;
  readonly disabled: boolean;
}

export interface NewUser {
  readonly name: string;
  readonly password: string;
  readonly role: Role;
}

/** `PATCH /users/{id}`; a user may change his own password, and an admin everything. */
export interface UserChange {
  /** One's present password, asked of whoever changes his own; a session that a ticket began sets one without it, once. */
  readonly currentPassword?: string;
  readonly password?: string;
  readonly role?: Role;
  readonly disabled?: boolean;
}

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** Its first characters, by which it is told from others. */
  readonly prefix: string;
  readonly role: Role;
  readonly user: string;
  readonly created: string;
  readonly expires: string | null;
  readonly lastUsed: string | null;
}

export interface NewApiKey {
  readonly name: string;
  /** At most the role of whoever makes it. */
  readonly role: Role;
  readonly expires: string | null;
}

/** The answer to `POST /keys`: the only time that the key itself is shown. */
export interface MadeApiKey extends ApiKey {
  readonly key: string;
}

/** An owner key that the service keeps, sealed; it is never handed out again. */
export interface OwnerKey {
  readonly id: string;
  readonly name: string;
  readonly created: string;
  /** Models that are registered under it. */
  readonly models: number;
}

/** Drawn by the service, which then hands out the key file once, or one that was uploaded. */
export type NewOwnerKey =
  | { readonly name: string; readonly kind: "drawn" }
  | {
      readonly name: string;
      readonly kind: "uploaded";
      readonly upload: string;
      readonly passphrase: string | null;
    };

/** The answer to `POST /owner-keys`; `file` is the content of a key file to be kept, null for one that was uploaded. */
export interface MadeOwnerKey extends OwnerKey {
  readonly file: string | null;
}

export interface AuditEntry {
  readonly sequence: number;
  readonly time: string;
  /** Name of the user or of the API key, "system", or "nobody" before anyone signed in. */
  readonly actor: string;
  readonly address: string | null;
  /** Such as `investigation.start`. */
  readonly action: string;
  /** What it was done to, such as `investigations/01J…`, or null. */
  readonly object: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
  /** SHA-256 of the entry with the hash before it, hex. */
  readonly hash: string;
}

export interface AuditCheck {
  readonly intact: boolean;
  readonly entries: number;
  readonly head: string;
  /** The first entry that does not fit, or null. */
  readonly brokenAt: number | null;
}
