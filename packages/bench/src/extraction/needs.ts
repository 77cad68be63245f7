import { readFile } from "node:fs/promises";
import path from "node:path";

/** Folders of artefacts, by the part that they play. */
export type Needs = Readonly<Record<string, string>>;

/** Name of a model's file in its artefact. */
export const MODEL = "model.onnx";

/** @throws RangeError where nothing plays that part */
export function folderOf(needs: Needs, part: string): string {
  const folder = needs[part];
  if (folder !== undefined) return folder;
  throw new RangeError(`nothing plays the part of "${part}"`);
}

export function modelPath(needs: Needs, part: string): string {
  return path.join(folderOf(needs, part), MODEL);
}

export function readModel(needs: Needs, part: string): Promise<Buffer> {
  return readFile(modelPath(needs, part));
}

/** Names of parts that are counted: "shadow 1", "shadow 2", ... */
export function numbered(needs: Needs, part: string): string[] {
  const names: string[] = [];
  while (needs[`${part} ${names.length + 1}`] !== undefined) names.push(`${part} ${names.length + 1}`);
  return names;
}
