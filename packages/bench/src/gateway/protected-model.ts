import path from "node:path";
import { sharedPath } from "@indicia/testkit/shared-path";
import { indicia } from "../first-light/programs.js";

/** Enough rows to freeze the coordinates of magika's 512 features. */
const CALIBRATION = "random:600";
/** The customer who asks. */
export const CUSTOMER = "customer-1";

/** A model with everything that its gateway needs, in one folder. */
export interface ProtectedModel {
  readonly model: string;
  /** Flags of a gateway that marks for customers and logs every query. */
  readonly flags: readonly string[];
  /** Headers of the customer's requests. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Register magika_standard_v3_3 and a customer by the command line. */
export async function protectMagika(folder: string): Promise<ProtectedModel> {
  const at = (name: string): string => path.join(folder, name);
  const model = sharedPath("models", "magika_standard_v3_3.onnx");
  const owner = ["--registration", at("registration"), "--key", at("owner.key")];
  await indicia("key", "new", "--out", at("owner.key"));
  await indicia(
    ...["register", model, "--key", at("owner.key"), "--out", at("registration")],
    ...["--calibration", CALIBRATION, "--pool", "random:64"],
  );
  await indicia("key", "gateway", ...owner, "--out", at("gateway.key"));
  await indicia("customers", "add", CUSTOMER, ...owner, "--customers", at("customers.jsonl"));
  return {
    model,
    flags: [
      ...["--model", model, "--name", "model", "--registration", at("registration")],
      ...["--gateway-key", at("gateway.key"), "--customers", at("customers.jsonl"), "--logged", at("log")],
    ],
    headers: { "x-indicia-customer": CUSTOMER },
  };
}

/** Distinct requests of one row each, as JSON. */
export function magikaBodies(count: number, seed: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => {
    // A linear congruential generator (Numerical Recipes, 3rd edition, 7.1): contents do not matter, only that they differ.
    let state = (seed * 100_003 + i) >>> 0;
    const row = Array.from({ length: 2048 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    });
    return Buffer.from(JSON.stringify({ rows: [row] }));
  });
}
