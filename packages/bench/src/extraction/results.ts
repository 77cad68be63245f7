import { readFile } from "node:fs/promises";
import path from "node:path";
import type { DetectionResult } from "./make-baseline.js";
import type { ObservationResult } from "./make-observation.js";
import type { TraceResult } from "./make-trace.js";
import { MODEL } from "./needs.js";

/** What was made, by the names of the plan. */
export interface Made {
  readonly observation: (name: string) => Promise<ObservationResult>;
  readonly trace: (name: string) => Promise<TraceResult>;
  readonly detection: (name: string) => Promise<DetectionResult>;
  readonly model: (name: string) => Promise<Buffer>;
  readonly file: (name: string, file: string) => Promise<Buffer>;
}

/** @param folders of artefacts, by name */
export function madeIn(folders: ReadonlyMap<string, string>): Made {
  const file = (name: string, wanted: string): Promise<Buffer> => {
    const folder = folders.get(name);
    if (folder === undefined) throw new RangeError(`"${name}" was not made`);
    return readFile(path.join(folder, wanted));
  };
  const result = async (name: string): Promise<unknown> =>
    JSON.parse((await file(name, "result.json")).toString("utf8"));
  return {
    file,
    model: (name) => file(name, MODEL),
    observation: async (name) => (await result(name)) as ObservationResult,
    trace: async (name) => (await result(name)) as TraceResult,
    detection: async (name) => (await result(name)) as DetectionResult,
  };
}
