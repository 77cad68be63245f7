import path from "node:path";
import { VerifierError } from "./error.js";

/** Where the service keeps files. Several workers over PostgreSQL share the folder. */
export interface DataFolder {
  readonly root: string;
  /** Rows of the embedded database. */
  readonly database: string;
  readonly uploads: string;
  /** A folder per model: `reference.onnx` and `registration/`. */
  readonly model: (id: string) => string;
  /** A folder per suspect that is a file: `suspect.onnx`. */
  readonly suspect: (id: string) => string;
  /** A folder per investigation: `observation/` and `evidence.zip`. */
  readonly investigation: (id: string) => string;
  readonly audit: string;
}

/** What is the name of a folder: nothing that leads out of the one it is in, whoever wrote it into the database. */
const ID = /^[0-9A-Za-z]{1,64}$/;

/**
 * @param root absolute path
 * @throws (its functions) VerifierError DATA_INVALID where an id is none
 */
export function dataFolder(root: string): DataFolder {
  const at = (...parts: string[]): string => path.join(root, ...parts);
  const of = (kind: string, id: string): string => {
    if (!ID.test(id))
      throw new VerifierError("DATA_INVALID", `a row of ${kind} has no id`, "Restore a backup.");
    return at(kind, id);
  };
  return {
    root,
    database: at("database"),
    uploads: at("uploads"),
    model: (id) => of("models", id),
    suspect: (id) => of("suspects", id),
    investigation: (id) => of("investigations", id),
    audit: at("audit.jsonl"),
  };
}
