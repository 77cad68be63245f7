import { useEffect, useRef, useState } from "preact/hooks";
import { formatBytes } from "../words/format.js";
import { MAX_EVIDENCE_BYTES } from "./limits.js";
import type { ShownCheck, CheckedEvidence } from "./check-evidence.js";
import type { VerifyMessage, VerifyTask } from "./verify-worker.js";

export type Verification =
  | { readonly state: "empty" }
  | { readonly state: "working"; readonly name: string; readonly checks: readonly ShownCheck[] }
  | {
      readonly state: "done";
      readonly name: string;
      readonly bytes: number;
      readonly result: CheckedEvidence;
    }
  | { readonly state: "refused"; readonly name: string; readonly why: string };

/** Verifies files one after the other in a thread of their own; a new one ends that of the one before. */
export function useVerification(): {
  readonly verification: Verification;
  readonly verify: (file: File, disclosure: File | null) => void;
} {
  const [verification, setVerification] = useState<Verification>({ state: "empty" });
  const worker = useRef<Worker | null>(null);
  useEffect(() => () => worker.current?.terminate(), []);

  const verify = (file: File, disclosure: File | null): void => {
    worker.current?.terminate();
    const { name } = file;
    if (file.size > MAX_EVIDENCE_BYTES) {
      const why = `It has ${formatBytes(file.size)}, more than the ${formatBytes(MAX_EVIDENCE_BYTES)} that are checked in a browser. The command indicia evidence verify checks it.`;
      setVerification({ state: "refused", name, why });
      return;
    }
    setVerification({ state: "working", name, checks: [] });
    const started = new Worker(new URL("./verify-worker.js", import.meta.url), { type: "module" });
    worker.current = started;
    started.addEventListener("error", () =>
      setVerification({
        state: "refused",
        name,
        why: "It could not be checked: the page lacks the memory, or the file cannot be read.",
      }),
    );
    started.addEventListener("message", ({ data }: MessageEvent<VerifyMessage>) => {
      if (data.kind === "check") {
        setVerification((before) =>
          before.state === "working" ? { ...before, checks: [...before.checks, data.check] } : before,
        );
        return;
      }
      setVerification(
        data.kind === "done"
          ? { state: "done", name, bytes: file.size, result: data.result }
          : { state: "refused", name, why: data.message },
      );
      started.terminate();
    });
    started.postMessage({ file, disclosure } satisfies VerifyTask, []);
  };
  return { verification, verify };
}
