import { fingerprint } from "@indicia/data/fingerprint";
import { rowOf, type Tensor } from "@indicia/onnx/tensor";

type Feeds = Readonly<Record<string, Tensor>>;

/** By the request's feeds, so that several defences ask for one calculation. */
const known = new WeakMap<Feeds, readonly string[]>();

/** Fingerprint of each row's inputs. */
export function queriesOf({
  feeds,
  rows,
}: {
  readonly feeds: Feeds;
  readonly rows: number;
}): readonly string[] {
  const before = known.get(feeds);
  if (before !== undefined) return before;
  const queries = Array.from({ length: rows }, (_, row) => fingerprint(rowOf(feeds, row)));
  known.set(feeds, queries);
  return queries;
}
