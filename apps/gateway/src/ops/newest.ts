/** The newest of what was added; what is older makes room. */
export interface Newest<Item> {
  add(item: Item): void;
  /** In the order in which they were added. */
  items(): Item[];
  latest(): Item | null;
}

/** @param most how many are kept, at least 1 */
export function newest<Item>(most: number): Newest<Item> {
  const kept: Item[] = [];
  /** Where the oldest lies once all places are taken. */
  let first = 0;
  return {
    add(item) {
      if (kept.length < most) kept.push(item);
      else {
        kept[first] = item;
        first = (first + 1) % most;
      }
    },
    items: () => [...kept.slice(first), ...kept.slice(0, first)],
    latest: () => kept[(first + kept.length - 1) % Math.max(1, kept.length)] ?? null,
  };
}
