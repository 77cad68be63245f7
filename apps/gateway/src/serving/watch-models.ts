import { stat } from "node:fs/promises";
import type { ModelDirectory, Reloaded } from "./model-directory.js";

/** What tells one state of a file from the next without reading it. @throws what the file system throws */
export async function fileStamp(file: string): Promise<string> {
  const { ino, size, mtimeMs } = await stat(file);
  return `${ino} ${size} ${mtimeMs}`;
}

/**
 * Look every so often whether models changed, and load those again.
 *
 * @param told what became of those that changed
 * @returns ends the watch
 */
export function watchModels(
  directory: Pick<ModelDirectory, "reload">,
  { everyMs, told }: { readonly everyMs: number; readonly told: (reloaded: Reloaded) => void },
): () => void {
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void directory
      .reload()
      .then((results) => results.filter(({ outcome }) => outcome !== "unchanged").forEach(told))
      .finally(() => {
        looking = false;
      });
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
