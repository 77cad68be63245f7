import { existsSync } from "node:fs";
import type { Page } from "../shapes/common.js";
import type { ExchangeRow } from "../shapes/investigations.js";
import { type TranscriptLine, transcriptLines } from "./transcript-lines.js";

/** Characters of a request or an answer that are shown. */
const SHOWN = 2000;
/** Lines after the last exchange of a page in which ends of its exchanges are looked for: as many as may be under way. */
const LOOK_AHEAD = 4096;

interface Fields {
  readonly index: number;
  readonly time: string;
  readonly type: string;
  readonly body: {
    readonly method?: string;
    readonly url?: string;
    readonly body?: string;
    readonly probes?: readonly number[];
    readonly intent?: number;
    readonly status?: number;
    readonly reason?: string;
  };
}

/** A row whose end may not have come yet. */
interface Draft {
  readonly row: { -readonly [Key in keyof ExchangeRow]: ExchangeRow[Key] };
  open: boolean;
}

/**
 * A page of exchanges as a transcript has them, without reading what comes before or after it.
 *
 * @param file transcript.jsonl; none where it is not there
 * @param options.from offset in bytes, 0 or `next` of the page before
 * @returns `next` as a decimal number
 */
export async function readExchanges(
  file: string,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<Page<ExchangeRow>> {
  if (!existsSync(file)) return { items: [], next: null };
  const drafts = new Map<number, Draft>();
  let open = 0;
  let ahead = 0;
  let next: number | null = null;
  for await (const line of transcriptLines(file, from)) {
    const fields = fieldsOf(line);
    if (fields === null) continue;
    if (fields.type === "intent" && next === null && drafts.size === limit) next = line.from;
    if (fields.type === "intent" && next === null) {
      drafts.set(fields.index, begun(fields));
      open += 1;
    } else if (end(drafts.get(fields.body.intent ?? -1), fields)) open -= 1;
    if (next !== null && (open === 0 || ++ahead > LOOK_AHEAD)) break;
  }
  const items = [...drafts.values()].map(({ row }) => row);
  return { items, next: next === null ? null : String(next) };
}

function fieldsOf({ json }: TranscriptLine): Fields | null {
  if (typeof json !== "object" || json === null || !("type" in json) || !("body" in json)) return null;
  if (typeof json.body !== "object" || json.body === null) return null;
  return json as Fields;
}

function begun({ index, time, body }: Fields): Draft {
  const shown = textOf(body.body ?? "");
  return {
    row: {
      line: index,
      time,
      probes: body.probes ?? [],
      status: null,
      lost: null,
      request: `${body.method ?? ""} ${body.url ?? ""}${shown === "" ? "" : `\n\n${shown}`}`,
      answer: null,
    },
    open: true,
  };
}

/** @returns whether it ended an exchange of the page */
function end(draft: Draft | undefined, { type, body }: Fields): boolean {
  if (draft === undefined || !draft.open) return false;
  if (type === "answer") {
    draft.row.status = body.status ?? null;
    draft.row.answer = textOf(body.body ?? "");
  } else if (type === "lost") draft.row.lost = body.reason ?? "";
  else return false;
  draft.open = false;
  return true;
}

/** The beginning of a body, where it is text; else how many bytes it has at least. */
function textOf(base64: string): string {
  const bytes = Buffer.from(base64.slice(0, 4 * SHOWN), "base64");
  const text = bytes.toString("utf8").slice(0, SHOWN);
  if (!isBinary(text)) return text;
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return `${Math.floor((base64.length * 3) / 4) - padding} bytes`;
}

/** Whether it has controls that no text has, or bytes that are no UTF-8 (but for a character that was cut at the end). */
function isBinary(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 9 || (code > 13 && code < 32) || (code === 0xfffd && i < text.length - 1)) return true;
  }
  return false;
}
