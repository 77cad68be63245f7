import type { Bench } from "./bench.js";

/** Every bench there is, in the order in which they run. */
export const BENCHES: readonly Bench[] = [
  { name: "first-light", load: () => import("./first-light/run.js") },
  { name: "weights", load: () => import("./weights/run.js") },
  { name: "speed", load: () => import("./speed/run.js") },
  { name: "training", load: () => import("./training/run.js") },
  { name: "evidence", load: () => import("./evidence/run.js") },
  { name: "gateway", load: () => import("./gateway/run.js") },
  { name: "verifier", load: () => import("./verifier/run.js") },
  { name: "extraction", load: () => import("./extraction/run.js") },
];
