import { useCallback, useEffect, useState } from "preact/hooks";
import { type ApiError, asApiError, isAbort } from "./api-error.js";

export interface Loaded<T> {
  /** What was loaded last; stays while it is loaded again. */
  readonly value: T | null;
  readonly error: ApiError | null;
  readonly loading: boolean;
  readonly reload: () => void;
  /** Put in place what an action gave back. */
  readonly replace: (value: T) => void;
}

/** Load something when a component appears and whenever its key changes. */
export function useLoaded<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [loading, setLoading] = useState(true);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    setLoading(true);
    const settle = async (): Promise<void> => {
      try {
        const loaded = await load(controller.signal);
        if (controller.signal.aborted) return;
        setValue(loaded);
        setError(null);
      } catch (thrown) {
        if (isAbort(thrown) || controller.signal.aborted) return;
        setError(asApiError(thrown));
      }
      setLoading(false);
    };
    void settle();
    return () => controller.abort();
    // `load` is made anew with every rendering; the key says whether it is another one.
  }, [key, turn]);
  const reload = useCallback(() => setTurn((each) => each + 1), []);
  return { value, error, loading, reload, replace: setValue };
}
