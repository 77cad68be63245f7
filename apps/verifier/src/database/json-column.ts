import type { ColumnType } from "kysely";

/**
 * JSON as text (`json`, not `jsonb`): it comes back as it went in, and takes what endpoints say of themselves, in which
 * `jsonb` refuses a NUL.
 */
export type JsonColumn<T> = ColumnType<T, string, string>;
