import path from "node:path";

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

/** @param root absolute path */
export function dataFolder(root: string): DataFolder {
  const at = (...parts: string[]): string => path.join(root, ...parts);
  return {
    root,
    database: at("database"),
    uploads: at("uploads"),
    model: (id) => at("models", id),
    suspect: (id) => at("suspects", id),
    investigation: (id) => at("investigations", id),
    audit: at("audit.jsonl"),
  };
}
