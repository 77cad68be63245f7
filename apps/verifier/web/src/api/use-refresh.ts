import { useEffect } from "preact/hooks";

/** Load again and again while something is under way, and the page is looked at. */
export function useRefresh(active: boolean, reload: () => void, everyMs: number): void {
  useEffect(() => {
    if (!active) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [active, reload, everyMs]);
}
