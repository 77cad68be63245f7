import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSession, type SessionOptions } from "@indicia/runtime/session";

/** What onnxruntime saves after it rewrote a graph, layouts of convolutions included at "all". */
export async function optimised(
  bytes: Uint8Array,
  level: NonNullable<SessionOptions["optimisation"]>,
): Promise<Uint8Array> {
  const folder = mkdtempSync(path.join(tmpdir(), "indicia-optimised-"));
  try {
    const saveOptimised = path.join(folder, "model.onnx");
    const session = await openSession(bytes, { optimisation: level, saveOptimised });
    await session.close();
    return new Uint8Array(readFileSync(saveOptimised));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
