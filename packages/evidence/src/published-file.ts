import { readFile } from "node:fs/promises";
import path from "node:path";
import { PUBLISHED_NAMES, PUBLISHED_SOURCES } from "./published.js";

const FOLDER: string = path.join(import.meta.dirname, "..", "published");

/** The texts that every bundle carries alike, by name. */
export async function publishedTexts(): Promise<Map<string, Uint8Array>> {
  const texts = new Map<string, Uint8Array>();
  for (const name of PUBLISHED_NAMES)
    texts.set(name, new Uint8Array(await readFile(path.join(FOLDER, PUBLISHED_SOURCES[name]))));
  return texts;
}
