import type { Row } from "./row.js";

const HEADER = ["case", "metric", "value", "goal", "met", "against"];

/** Rows as a Markdown table, columns padded so that it reads as plain text too. */
export function rowTable(rows: readonly Row[]): string {
  const cells = [HEADER, ...rows.map(cellsOf)].map((line) => line.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = HEADER.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`);
  lines.splice(1, 0, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`);
  return `${lines.join("\n")}\n`;
}

function cellsOf(row: Row): string[] {
  return [
    row.case,
    row.metric,
    withUnit(row.value, row.unit),
    row.goal ?? "",
    row.met === null ? "" : row.met ? "yes" : "no",
    against(row),
  ];
}

function against({ baseline, ratio, unit }: Row): string {
  if (baseline === null) return "";
  const of = `of ${withUnit(baseline, unit)}`;
  return ratio === null ? of : `${readable(ratio)} x, ${of}`;
}

function withUnit(value: number, unit: string): string {
  return unit === "" ? readable(value) : `${readable(value)} ${unit}`;
}

/** Four digits where a number has decimals; whole numbers in full. */
export function readable(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
