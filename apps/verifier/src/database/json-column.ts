import type { ColumnType } from "kysely";

/**
 * JSON as text (`json`, not `jsonb`): it comes back as it went in, and takes what endpoints say of themselves, in which
 * `jsonb` refuses a NUL.
 */
export type JsonColumn<T> = ColumnType<T, Written<T>, Written<T>>;

type Written<T> = null extends T ? string | null : string;
