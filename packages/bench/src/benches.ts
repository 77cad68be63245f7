import type { Bench } from "./bench.js";
import { firstLight } from "./first-light.js";

/** Every bench there is, in the order in which they run. */
export const BENCHES: readonly Bench[] = [firstLight];
