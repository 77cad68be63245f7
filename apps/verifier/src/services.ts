import type { OpenDatabase } from "./database/open.js";
import type { DataFolder } from "./data-folder.js";

/** Who does something, as the audit log names him. */
export interface Actor {
  /** Name of the user, or of user and API key; "system" for what nobody asked for. */
  readonly name: string;
  readonly address: string | null;
}

/** Takes down what was done, in a hash chain. Resolves when it is on disk. */
export type Audit = (
  actor: Actor,
  action: string,
  object: string | null,
  detail?: Readonly<Record<string, unknown>>,
) => Promise<void>;

/** Seals secrets at rest. What is sealed for one purpose does not open for another. */
export interface SecretBox {
  readonly seal: (purpose: string, secret: Uint8Array) => Promise<Uint8Array>;
  /** @throws VerifierError DATA_INVALID where it was changed, or sealed under another key or purpose */
  readonly open: (purpose: string, sealed: Uint8Array) => Promise<Uint8Array>;
}

/** What every route may use. */
export interface Services {
  readonly database: OpenDatabase;
  readonly data: DataFolder;
  readonly secrets: SecretBox;
  readonly audit: Audit;
  readonly clock: () => Date;
}
