import type { Block, Report } from "./blocks.js";
import { COLOURS, type Drawing, type Shape, TEXT_SIZE } from "./drawing.js";

const STYLE = [
  "body{font:16px/1.5 Georgia,serif;color:#1a1a1a;max-width:46rem;margin:2rem auto;padding:0 1rem}",
  "h1{font-size:1.7rem;margin-bottom:0}h2{font-size:1.2rem;margin-top:2rem}",
  "header p{font-size:1.1rem;color:#444;margin-top:.3rem;overflow-wrap:anywhere}",
  "code,td,dd{overflow-wrap:anywhere}pre{background:#f4f4f4;padding:.6rem;white-space:pre-wrap;font-size:.85rem}",
  ".result{border:2px solid #1a1a1a;padding:.6rem 1rem;margin:1.2rem 0}.result p{margin:.3rem 0}",
  "table{border-collapse:collapse;width:100%;font-size:.85rem}",
  "th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid #d9d9d9}",
  "dl{display:grid;grid-template-columns:11rem 1fr;gap:.2rem 1rem;font-size:.9rem}dt{color:#555}dd{margin:0}",
  "figure{margin:1.5rem 0}figure svg{width:100%;height:auto}figcaption{font-size:.85rem;color:#444}",
  "footer{margin-top:3rem;border-top:1px solid #d9d9d9;font-size:.8rem;color:#555}",
].join("\n");

/** A report as one HTML page that loads nothing and runs nothing: UTF-8, the same bytes for the same report. */
export function htmlReport(report: Report): Uint8Array {
  const text = [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<meta name="generator" content="${report.version}">`,
    '<meta name="viewport" content="width=device-width">',
    `<title>${escaped(report.title)}</title><style>${STYLE}</style></head><body>`,
    `<header><h1>${escaped(report.title)}</h1><p>${escaped(report.subtitle)}</p></header>`,
    ...report.blocks.map(blockHtml),
    `<footer><p>${escaped(report.foot)}</p></footer>`,
    "</body></html>",
    "",
  ].join("\n");
  return new TextEncoder().encode(text);
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case "heading":
      return `<h2>${escaped(block.text)}</h2>`;
    case "paragraph":
      return `<p>${escaped(block.text)}</p>`;
    case "code":
      return `<pre>${escaped(block.text)}</pre>`;
    case "list":
      return `<ul>${block.items.map((item) => `<li>${escaped(item)}</li>`).join("")}</ul>`;
    case "result":
      return `<section class="result"><p><strong>${escaped(block.title)}</strong></p>${block.lines
        .map((each) => `<p>${escaped(each)}</p>`)
        .join("")}</section>`;
    case "facts":
      return `<dl>${block.rows.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join("")}</dl>`;
    case "table":
      return `<table><thead><tr>${cells("th", block.head)}</tr></thead><tbody>${block.rows
        .map((row) => `<tr>${cells("td", row)}</tr>`)
        .join("\n")}</tbody></table>`;
    case "figure":
      return `<figure>${svg(block.drawing, block.caption)}<figcaption>${escaped(block.caption)}</figcaption></figure>`;
  }
}

function cells(tag: "th" | "td", texts: readonly string[]): string {
  return texts.map((text) => `<${tag}>${escaped(text)}</${tag}>`).join("");
}

function svg({ width, height, shapes }: Drawing, caption: string): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(caption)}" ` +
    `font-family="Helvetica,Arial,sans-serif" font-size="${TEXT_SIZE}">${shapes.map(shapeSvg).join("")}</svg>`
  );
}

function shapeSvg(shape: Shape): string {
  if (shape.kind === "text") {
    const { x, y, anchor, colour = "ink", size } = shape;
    const at = `x="${x.toFixed(2)}" y="${y.toFixed(2)}" text-anchor="${anchor}" fill="${COLOURS[colour]}"`;
    return `<text ${at}${size === undefined ? "" : ` font-size="${size}"`}>${escaped(shape.text)}</text>`;
  }
  const { d, fill, stroke, width = 1, dashed = false } = shape;
  const lines =
    stroke === undefined
      ? ""
      : ` stroke="${COLOURS[stroke]}" stroke-width="${width}"${dashed ? ' stroke-dasharray="3 2"' : ""}`;
  return `<path d="${d}" fill="${fill === undefined ? "none" : COLOURS[fill]}"${lines}/>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text is never markup; control and direction characters, which could make it read otherwise, are shown as numbers. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"]/g, (each) => ENTITIES[each] ?? each)
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (each) => `\\u{${(each.codePointAt(0) ?? 0).toString(16)}}`);
}
