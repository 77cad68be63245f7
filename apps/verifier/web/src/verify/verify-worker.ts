import { config } from "zod";
import type { CheckedEvidence, ShownCheck } from "./check-evidence.js";

export interface VerifyTask {
  readonly file: Blob;
  readonly disclosure: Blob | null;
}

export type VerifyMessage =
  | { readonly kind: "check"; readonly check: ShownCheck }
  | { readonly kind: "done"; readonly result: CheckedEvidence }
  | { readonly kind: "fault"; readonly message: string };

// The page's policy forbids `new Function`, which zod would try once and be told off for in the console. Schemas are made
// as the modules that check are loaded, so these come later.
config({ jitless: true });

const tell = (message: VerifyMessage): void => postMessage(message);

async function work({ file, disclosure }: VerifyTask): Promise<void> {
  const { checkEvidence } = await import("./check-evidence.js");
  const bytes = new Uint8Array(await file.arrayBuffer());
  const opened = disclosure === null ? null : new Uint8Array(await disclosure.arrayBuffer());
  tell({ kind: "done", result: checkEvidence(bytes, opened, (check) => tell({ kind: "check", check })) });
}

addEventListener("message", (event: MessageEvent<VerifyTask>) => {
  work(event.data).catch((error: unknown) =>
    tell({ kind: "fault", message: error instanceof Error ? error.message : "the file cannot be read" }),
  );
});
