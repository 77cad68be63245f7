import { mkdir } from "node:fs/promises";
import path from "node:path";
import { writeDurably } from "@indicia/evidence/durable-file";
import { rootPath } from "./root.js";
import type { Row } from "./row.js";
import { rowTable } from "./table.js";

/** Where the last full run of every bench is kept. */
const REPORTS: string = rootPath("packages", "bench", "reports");

/**
 * Keep the rows of a full run: `NAME.json`, `NAME.md` to read, and the bench's own pages. Each file is whole or as it
 * was before.
 */
export async function writeReport(
  name: string,
  rows: readonly Row[],
  pages: ReadonlyMap<string, string> = new Map(),
  folder: string = REPORTS,
): Promise<void> {
  const encoder = new TextEncoder();
  await mkdir(folder, { recursive: true });
  const lines = rows.map((row) => JSON.stringify(row));
  await writeDurably(path.join(folder, `${name}.json`), encoder.encode(`[\n${lines.join(",\n")}\n]\n`));
  await writeDurably(path.join(folder, `${name}.md`), encoder.encode(reportPage(name, rows)));
  for (const [file, content] of pages) await writeDurably(path.join(folder, file), encoder.encode(content));
}

/** The page that says what was measured, with what, and how much of it met its goal. */
export function reportPage(name: string, rows: readonly Row[]): string {
  const goals = rows.filter(({ met }) => met !== null);
  const met = goals.filter((row) => row.met === true).length;
  const seconds = Math.round(rows.reduce((sum, row) => sum + row.seconds, 0));
  const [first] = rows;
  const facts = first === undefined ? "" : ` Commit ${first.commit}, Node ${first.node}, seed ${first.seed}.`;
  return [
    `# ${name}`,
    "",
    `\`npm run -s bench -- ${name}\`: ${met} of ${goals.length} goals met, ${seconds} s of measuring.${facts}`,
    "",
    rowTable(rows),
  ].join("\n");
}
