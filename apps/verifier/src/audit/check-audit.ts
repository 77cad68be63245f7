import { chainStart, readChainLine } from "@indicia/evidence/chain";
import { EvidenceError } from "@indicia/evidence/error";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import type { OpenDatabase } from "../database/open.js";
import type { AuditCheck } from "../shapes/access.js";
import type { AuditBody } from "./audit-log.js";

/** Lines read at once: some hundred kilobytes. */
const LINES_AT_ONCE = 1000;

/** Walk the whole chain; what the columns beside a line say has to be what the line says. */
export async function checkAudit({ tables }: OpenDatabase): Promise<AuditCheck> {
  let head = chainStart("audit");
  let entries = 0;
  for (;;) {
    const rows = await tables
      .selectFrom("audit_lines")
      .selectAll()
      .where("index", ">=", entries)
      .orderBy("index")
      .limit(LINES_AT_ONCE)
      .execute();
    for (const row of rows) {
      const hash = hashInPlace(row, entries, head);
      if (hash === null) return { intact: false, entries, head, brokenAt: entries };
      head = hash;
      entries++;
    }
    if (rows.length < LINES_AT_ONCE) return { intact: true, entries, head, brokenAt: null };
  }
}

interface Row {
  readonly index: number;
  readonly time: Date;
  readonly actor: string;
  readonly action: string;
  readonly object: string | null;
  readonly line: string;
  readonly hash: string;
}

/** The hash of a line, or null where it does not fit its place or its columns. */
function hashInPlace(row: Row, index: number, prev: string): string | null {
  const line = readLine(row.line);
  if (line === null || row.index !== index || line.index !== index || line.prev !== prev) return null;
  const { actor, action, object } = line.body as AuditBody;
  const fits =
    line.hash === row.hash &&
    line.time === row.time.toISOString() &&
    actor === row.actor &&
    action === row.action &&
    object === row.object;
  return fits ? line.hash : null;
}

function readLine(text: string): ReturnType<typeof readChainLine> | null {
  try {
    return readChainLine(new TextEncoder().encode(text), { where: "a line", sha256: nativeSha256 });
  } catch (error) {
    if (error instanceof EvidenceError) return null;
    throw error;
  }
}
