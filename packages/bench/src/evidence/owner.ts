import { writeFile } from "node:fs/promises";
import path from "node:path";
import { tinyClassifier } from "@indicia/testkit/tiny-classifier";
import { claimFlags, indicia } from "../first-light/programs.js";

/** Rows that are drawn to calibrate on, and to take probes from. */
const CALIBRATION = "random:700";

/** A small owner: a key, a reference, its registration and a marked copy, all in one folder. */
export interface Owner {
  readonly at: (name: string) => string;
  readonly model: string;
  readonly copy: string;
  readonly key: string;
  readonly registration: string;
  /** Flags of whoever examines for this owner. */
  readonly claim: readonly string[];
  /** The same without the key: of whoever observes. */
  readonly observing: readonly string[];
}

/**
 * Make one by the command line.
 *
 * @param pool rows from which probes are taken
 */
export async function makeOwner(folder: string, pool: number): Promise<Owner> {
  const at = (name: string): string => path.join(folder, name);
  const [model, copy] = [at("model.onnx"), at("copy.onnx")];
  const [key, registration] = [at("owner.key"), at("registration")];
  await writeFile(model, tinyClassifier({ features: 32, classes: 8 }).bytes);
  const own = ["--key", key];
  await indicia("key", "new", "--out", key);
  const data = ["--calibration", CALIBRATION, "--pool", `random:${pool}`];
  await indicia("register", model, ...own, ...data, "--out", registration);
  const strength = ["--weights", "off", "--readout", "0.3", "--label-budget", "0.1"];
  await indicia("mark", model, ...own, "--registration", registration, ...strength, "--out", copy);
  return {
    at,
    model,
    copy,
    key,
    registration,
    claim: claimFlags({ registration, key, reference: model }),
    observing: ["--registration", registration, "--reference", model],
  };
}
