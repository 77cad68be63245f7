import path from "node:path";

/** What lies in the folder of a model. */
export const MODEL_FILES = {
  reference: "reference.onnx",
  registration: "registration",
  /** Calibration data and pool as they were uploaded, until it is registered. */
  inputs: "inputs",
  /** Students of the model, until it is registered with copies of them. */
  shadows: "shadows",
  /** A folder for each marked copy. */
  copies: "copies",
  /** Register of customers, begun with the first one's copy. */
  customers: "customers.jsonl",
} as const;

/** Name of a marked copy in its folder, where its signature and its external data lie too. */
export const COPY_FILE = "model.onnx";

/** @param folder of the model */
export function copyFolder(folder: string, copy: string): string {
  return path.join(folder, MODEL_FILES.copies, copy);
}
