import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { BenchOptions } from "../bench.js";
import { indicia } from "../first-light/programs.js";
import type { Row } from "../row.js";
import { appendRows } from "./append-rows.js";
import { flipRows } from "./flip-rows.js";
import { killRows } from "./kill-rows.js";
import { makeOwner, type Owner } from "./owner.js";
import { verifyRows } from "./verify-rows.js";

const NAME = "evidence";

/** How much of everything. */
interface Size {
  /** Rows of the pool; at least the budget of the examination that is killed. */
  readonly pool: number;
  readonly changes: number;
  readonly resigned: number;
  readonly exchanges: number;
  readonly rounds: number;
  readonly appended: number;
  readonly kills: number;
  readonly budget: number;
}
const FULL: Size = {
  pool: 6000,
  changes: 10_000,
  resigned: 500,
  exchanges: 100_000,
  rounds: 3,
  appended: 20_000,
  kills: 100,
  budget: 4000,
};
const QUICK: Size = {
  pool: 1000,
  changes: 100,
  resigned: 5,
  exchanges: 2000,
  rounds: 1,
  appended: 2000,
  kills: 3,
  budget: 200,
};

/** What evidence withstands and what it costs: changed bytes, long transcripts, the disk, and being killed. */
export async function run({ quick, say }: BenchOptions): Promise<Row[]> {
  const size = quick ? QUICK : FULL;
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-evidence-"));
  try {
    const owner = await makeOwner(folder, size.pool);
    return [
      ...(await flipRows(NAME, await smallEvidence(owner), { ...size, say })),
      ...(await verifyRows(NAME, owner, { ...size, say })),
      ...(await appendRows(NAME, owner.at, { exchanges: size.appended, say })),
      ...(await killRows(NAME, owner, { ...size, say })),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Evidence about the marked copy, asked as a black box so that there is a transcript. */
async function smallEvidence(owner: Owner): Promise<{ evidence: string; ownerKey: Uint8Array }> {
  const evidence = owner.at("small.zip");
  const asking = ["--protocol", "onnx-black-box", "--budget", "100", "--full"];
  await indicia("examine", owner.copy, ...owner.claim, ...asking, "--out", evidence);
  const [, digits = ""] = (await readFile(owner.key, "utf8")).split("\n");
  return { evidence, ownerKey: new Uint8Array(Buffer.from(digits, "hex")) };
}
