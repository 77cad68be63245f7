import type { Reloaded } from "../serving/model-directory.js";

/** A gateway that was started from a command line. */
export interface Running {
  /** Printed on stdout as one line of JSON, once it answers. */
  readonly started: Readonly<Record<string, unknown>>;
  readonly reload: () => Promise<readonly Reloaded[]>;
  readonly close: () => Promise<void>;
}
