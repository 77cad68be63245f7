import { type FileHandle, open } from "node:fs/promises";

/** Bytes read at a time. */
const CHUNK_BYTES = 256 * 1024;
/** Of a line that is longer than this only beginning and end are kept: a body may have 64 MiB. */
const LONG_LINE_BYTES = 1024 * 1024;
const HEAD_BYTES = 64 * 1024;
const TAIL_BYTES = 128 * 1024;
const NEWLINE = 0x0a;

/** A line of a transcript, with where it begins and where the next one does. */
export interface TranscriptLine {
  readonly from: number;
  readonly next: number;
  /** The line as JSON; null where it is none. Of a long one, its body is cut short. */
  readonly json: unknown;
}

/**
 * Complete lines of a transcript from an offset on, in a memory that depends on neither file nor lines.
 *
 * @param from offset of a line's first byte
 */
export async function* transcriptLines(file: string, from: number): AsyncGenerator<TranscriptLine> {
  const handle = await open(file, "r");
  try {
    yield* linesOf(handle, from);
  } finally {
    await handle.close();
  }
}

async function* linesOf(handle: FileHandle, from: number): AsyncGenerator<TranscriptLine> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let position = from;
  let begin = from;
  let line = emptyLine();
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    let at = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0 && end < bytesRead; end = chunk.indexOf(NEWLINE, at)) {
      const bytes = chunk.subarray(at, end);
      at = end + 1;
      const next = position + at;
      // Most lines lie in one piece, and need no copy.
      if (line.bytes > 0) add(line, bytes);
      yield { from: begin, next, json: line.bytes > 0 ? parsed(line) : parsedWhole(bytes) };
      begin = next;
      line = emptyLine();
    }
    add(line, chunk.subarray(at, bytesRead));
    position += bytesRead;
  }
}

interface Line {
  parts: Buffer[];
  bytes: number;
  /** The end of one that is long. */
  tail: Buffer | null;
}

const emptyLine = (): Line => ({ parts: [], bytes: 0, tail: null });

function add(line: Line, bytes: Buffer): void {
  line.bytes += bytes.length;
  if (line.tail === null && line.bytes <= LONG_LINE_BYTES) {
    line.parts.push(Buffer.from(bytes));
    return;
  }
  if (line.tail === null) {
    const whole = Buffer.concat(line.parts);
    line.parts = [Buffer.from(whole.subarray(0, HEAD_BYTES))];
    line.tail = Buffer.from(whole.subarray(-TAIL_BYTES));
  }
  line.tail = Buffer.from(Buffer.concat([line.tail, bytes]).subarray(-TAIL_BYTES));
}

function parsedWhole(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return null;
  }
}

function parsed({ parts, tail }: Line): unknown {
  if (tail === null) return parsedWhole(Buffer.concat(parts));
  const head = Buffer.concat(parts).toString("utf8");
  try {
    // The body is base64 and comes early, so that the cut is inside it, and the next quotation mark ends it.
    const end = tail.toString("latin1");
    return JSON.parse(head + end.slice(end.indexOf('"')));
  } catch {
    return null;
  }
}

/** Whether an offset is where a line begins. */
export async function isLineStart(file: string, from: number): Promise<boolean> {
  if (from === 0) return true;
  const handle = await open(file, "r");
  try {
    const before = Buffer.alloc(1);
    const { bytesRead } = await handle.read(before, 0, 1, from - 1);
    return bytesRead === 1 && before[0] === NEWLINE;
  } finally {
    await handle.close();
  }
}
