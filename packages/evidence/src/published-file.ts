import { readFile } from "node:fs/promises";
import path from "node:path";
import { EXCERPT_TEXTS, PUBLISHED_NAMES, PUBLISHED_SOURCES, type PublishedName } from "./published.js";

const FOLDER: string = path.join(import.meta.dirname, "..", "published");

/** The texts that every bundle carries alike, by name. */
export function publishedTexts(): Promise<Map<string, Uint8Array>> {
  return textsOf(PUBLISHED_NAMES);
}

/** The texts that every excerpt carries alike, by name. */
export function excerptTexts(): Promise<Map<string, Uint8Array>> {
  return textsOf(EXCERPT_TEXTS);
}

async function textsOf(names: readonly PublishedName[]): Promise<Map<string, Uint8Array>> {
  const texts = new Map<string, Uint8Array>();
  for (const name of names)
    texts.set(name, new Uint8Array(await readFile(path.join(FOLDER, PUBLISHED_SOURCES[name]))));
  return texts;
}
