/** How a worker works. */
export interface WorkerSettings {
  /** Investigations that it runs at once. */
  readonly slots: number;
  /** A job is taken from a worker that has been silent for so long. */
  readonly leaseSeconds: number;
  /** How often it looks for work, and for what somebody wishes. */
  readonly pollMs: number;
  /** Requests of one investigation that are under way at once, those included that are being written down. */
  readonly concurrency: number;
}

export const DEFAULT_SETTINGS: WorkerSettings = { slots: 2, leaseSeconds: 15, pollMs: 500, concurrency: 32 };
