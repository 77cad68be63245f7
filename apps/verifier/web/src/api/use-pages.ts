import { useState } from "preact/hooks";
import type { Page } from "../../../src/shapes/common.js";
import type { Client } from "./client.js";
import { useAction } from "./use-action.js";
import { type Loaded, useLoaded } from "./use-loaded.js";
import type { ApiError } from "./api-error.js";

export interface Pages<Item> {
  readonly items: readonly Item[];
  readonly first: Loaded<Page<Item>>;
  readonly hasMore: boolean;
  readonly loadingMore: boolean;
  readonly moreError: ApiError | null;
  readonly more: () => void;
  readonly reload: () => void;
}

/** A list that the service gives page by page. */
export function usePages<Item>(client: Client, path: string): Pages<Item> {
  const [later, setLater] = useState<readonly Page<Item>[]>([]);
  const { busy, error, run } = useAction();
  const first = useLoaded(path, async (signal) => {
    const page = await client.get<Page<Item>>(path, signal);
    setLater([]);
    return page;
  });
  const all = first.value === null ? [] : [first.value, ...later];
  const next = all.at(-1)?.next ?? null;
  return {
    items: all.flatMap(({ items }) => items),
    first,
    hasMore: next !== null,
    loadingMore: busy,
    moreError: error,
    more: () =>
      run(async () => {
        if (next === null) return;
        const joint = path.includes("?") ? "&" : "?";
        const page = await client.get<Page<Item>>(`${path}${joint}cursor=${encodeURIComponent(next)}`);
        setLater((before) => [...before, page]);
      }),
    reload: first.reload,
  };
}

/** Everything of a list that is short by nature, for a choice in a form. */
export async function readAll<Item>(client: Client, path: string, signal?: AbortSignal): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const place: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: Page<Item> = await client.get<Page<Item>>(`${path}?limit=200${place}`, signal);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return items;
}
