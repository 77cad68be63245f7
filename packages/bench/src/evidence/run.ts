import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { BenchOptions } from "../bench.js";
import type { Row } from "../row.js";
import { makeOwner } from "./owner.js";
import { verifyRows } from "./verify-rows.js";

const NAME = "evidence";

/** How much of everything. */
const FULL = { pool: 6000, exchanges: 100_000, rounds: 3 } as const;
const QUICK = { pool: 1000, exchanges: 5000, rounds: 1 } as const;

export async function run({ quick, say }: BenchOptions): Promise<Row[]> {
  const size = quick ? QUICK : FULL;
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-evidence-"));
  try {
    const owner = await makeOwner(folder, size.pool);
    return await verifyRows(NAME, owner, { ...size, say });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
