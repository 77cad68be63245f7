import type { Context } from "hono";

/** What is learnt of a request on its way, for those who run the gateway. */
export interface RequestNotes {
  readonly requestId: string;
  /** Who asks, once that is known. */
  account: string | null;
  /** Where it comes from, where somebody looked. */
  address: string | null;
  /** Public half of the key that it shows, or null. */
  shown: string | null;
  /** Rows that were answered. */
  rows: number;
}

const KEY = "notes";

/** Begin the notes of a request. */
export function beginNotes(c: Context, requestId: string): RequestNotes {
  const notes: RequestNotes = { requestId, account: null, address: null, shown: null, rows: 0 };
  c.set(KEY, notes);
  return notes;
}

/** The notes of a request, or null where nobody watches. */
export function notesOf(c: Context): RequestNotes | null {
  return (c.get(KEY) as RequestNotes | undefined) ?? null;
}
