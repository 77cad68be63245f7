import { z } from "@hono/zod-openapi";
import { VerifierError } from "../error.js";
import { ID } from "../new-id.js";
import type { Page } from "../shapes/common.js";

/** Most items of a page: the largest of them have some kilobytes. */
const MAX_LIMIT = 200;
const DEFAULT_LIMIT = 50;
/** An id in base64url has 35 characters. */
const MAX_CURSOR = 64;

/** What a list is asked with. */
export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

const fields: { readonly limit: z.ZodType<number>; readonly cursor: z.ZodOptional<z.ZodString> } = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_LIMIT)
    .default(DEFAULT_LIMIT)
    .openapi({ type: "integer", description: "Items of a page" }),
  cursor: z
    .string()
    .max(MAX_CURSOR)
    .optional()
    .openapi({ description: "`next` of the page before; without it, the first page" }),
};

/** Query of a list; `pageQuery.extend({ ... })` adds filters. */
export const pageQuery: z.ZodObject<typeof fields> = z.object(fields);

/** @returns the id after which the page begins, or null for the first page. @throws VerifierError REQUEST_INVALID */
export function readCursor({ cursor }: PageQuery): string | null {
  if (cursor === undefined) return null;
  const id = Buffer.from(cursor, "base64url").toString("latin1");
  if (!ID.test(id) || writeCursor(id) !== cursor)
    throw new VerifierError("REQUEST_INVALID", "the cursor is none of ours", "Begin with the first page.");
  return id;
}

function writeCursor(id: string): string {
  return Buffer.from(id, "latin1").toString("base64url");
}

/**
 * A page of a list that is ordered by id.
 *
 * @param rows one more than `limit` of them where there are more
 */
export function toPage<Row extends { readonly id: string }, Item>(
  rows: readonly Row[],
  { limit }: PageQuery,
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    next: rows.length > limit && last !== undefined ? writeCursor(last.id) : null,
  };
}

/** A list that is ordered by id, the newest first: as far as a page asks of a query of one table. */
interface ById<Row> {
  orderBy(column: "id", direction: "desc"): ById<Row>;
  where(column: "id", operator: "<", after: string): ById<Row>;
  limit(rows: number): ById<Row>;
  execute(): Promise<Row[]>;
}

/**
 * A page of a table, the newest first.
 *
 * @param rows all that may be listed
 * @throws VerifierError REQUEST_INVALID
 */
export async function listPage<Row extends { readonly id: string }, Item>(
  rows: ById<Row>,
  query: PageQuery,
  toItem: (row: Row) => Item,
): Promise<Page<Item>> {
  const after = readCursor(query);
  const later = after === null ? rows : rows.where("id", "<", after);
  const found = await later
    .orderBy("id", "desc")
    .limit(query.limit + 1)
    .execute();
  return toPage(found, query, toItem);
}

/** Schema of a page of such items. @param name under which the reference of the API lists it */
export function pageSchema<Item>(item: z.ZodType<Item>, name: string): z.ZodType<Page<Item>> {
  return z.object({ items: z.array(item), next: z.string().nullable() }).openapi(name);
}
