import { mkdir, mkdtemp } from "node:fs/promises";
import path from "node:path";
import type { Services } from "../services.js";
import { COMING } from "./receive-file.js";

/**
 * A new folder for what is needed during one request, on the disk that has room for uploads. Whoever makes it removes it;
 * what a crash leaves goes with the uploads that nobody used.
 */
export async function makeScratch({ data }: Pick<Services, "data">): Promise<string> {
  await mkdir(data.uploads, { recursive: true });
  return await mkdtemp(path.join(data.uploads, `${COMING}scratch-`));
}
