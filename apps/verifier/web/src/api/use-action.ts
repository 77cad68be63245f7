import { useState } from "preact/hooks";
import { type ApiError, asApiError } from "./api-error.js";

export interface Action {
  readonly busy: boolean;
  readonly error: ApiError | null;
  /** Does something once at a time, and keeps what went wrong. */
  readonly run: (act: () => Promise<void>) => void;
  readonly clear: () => void;
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const run = (act: () => Promise<void>): void => {
    if (busy) return;
    setBusy(true);
    setError(null);
    act()
      .catch((thrown: unknown) => setError(asApiError(thrown)))
      .finally(() => setBusy(false));
  };
  return { busy, error, run, clear: () => setError(null) };
}
