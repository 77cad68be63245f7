import { chainStart, readChainLine } from "@indicia/evidence/chain";
import { EvidenceError } from "@indicia/evidence/error";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import type { OpenDatabase } from "../database/open.js";
import { VerifierError } from "../error.js";
import type { Services } from "../services.js";
import type { AuditCheck } from "../shapes/access.js";
import type { AuditBody } from "./audit-log.js";
import { type AuditHead, readHead } from "./audit-head.js";

/** Lines read at once: some hundred kilobytes. */
const LINES_AT_ONCE = 1000;

/**
 * Walk the whole chain; what the columns beside a line say has to be what the line says, and it has to end where the sealed
 * head says.
 */
export async function checkAudit({ database: { tables }, secrets }: Checked): Promise<AuditCheck> {
  let head = chainStart("audit");
  let entries = 0;
  const broken = (): AuditCheck => ({ intact: false, entries, head, brokenAt: entries });
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
      if (hash === null) return broken();
      head = hash;
      entries++;
    }
    if (rows.length === LINES_AT_ONCE) continue;
    const end = await endOf({ database: { tables }, secrets });
    if (end === null || end.entries < entries) return broken();
    // Others append meanwhile.
    if (end.entries > entries && rows.length > 0) continue;
    if (end.entries > entries && (await hasMore(tables, entries))) continue;
    if (end.entries !== entries || end.hash !== head) return broken();
    return { intact: true, entries, head, brokenAt: null };
  }
}

type Checked = Pick<Services, "secrets"> & { readonly database: Pick<OpenDatabase, "tables"> };

async function hasMore(tables: OpenDatabase["tables"], from: number): Promise<boolean> {
  const row = await tables
    .selectFrom("audit_lines")
    .select("index")
    .where("index", ">=", from)
    .executeTakeFirst();
  return row !== undefined;
}

/** Where the chain has to end; null where nobody can say, since that was taken away or written by somebody else. */
async function endOf({ database: { tables }, secrets }: Checked): Promise<AuditHead | null> {
  try {
    return (await readHead(tables, secrets)) ?? { entries: 0, hash: chainStart("audit") };
  } catch (error) {
    if (error instanceof VerifierError && error.code === "DATA_INVALID") return null;
    throw error;
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
