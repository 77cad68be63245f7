import { createReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import type { Services } from "../services.js";
import { limited } from "../tasks/limited.js";
import { requireOutput } from "../tasks/require-output.js";
import { runTask } from "../tasks/run-task.js";
import { makeScratch } from "../uploads/scratch-folder.js";

const PACK_MS = 300_000;
/** An archive is made in memory before it is written. */
const packing = limited({ atOnce: 1, waiting: 8 });

/** Answer with a folder, packed by another process. */
export async function sendFolder(services: Services, folder: string, name: string): Promise<Response> {
  const scratch = await makeScratch(services);
  const out = path.join(scratch, "folder.zip");
  const remove = (): Promise<void> => rm(scratch, { recursive: true, force: true });
  try {
    await packing(async () =>
      requireOutput(
        await runTask("pack-folder", { folder, out }, { timeoutMs: PACK_MS, hide: services.data.root }),
      ),
    );
    return await sendFile(out, { name, type: "application/zip", sent: remove });
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Answer with a file. @param options.sent called when it was sent, or the client went away */
export async function sendFile(
  file: string,
  options: { readonly name: string; readonly type: string; readonly sent?: () => Promise<void> },
): Promise<Response> {
  const { size } = await stat(file);
  const stream = createReadStream(file);
  const { sent } = options;
  if (sent !== undefined) stream.once("close", () => void sent());
  return new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, {
    headers: {
      "content-type": options.type,
      "content-length": String(size),
      "content-disposition": `attachment; filename="${options.name}"`,
    },
  });
}
