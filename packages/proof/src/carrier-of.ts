import type { WeightSegment } from "./weight-segments.js";

/** Which carrier a residual is held against: it says where to look in the keystreams, and knows no key. */
export type CarrierOf =
  | { readonly scheme: "readout/1"; readonly rows: number; readonly columns: number }
  | { readonly scheme: "weights/1"; readonly segments: WeightSegment[] };
