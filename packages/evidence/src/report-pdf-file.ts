import Pdf from "pdfkit";
import type { Block, Report } from "./report/blocks.js";
import { COLOURS, type Drawing, TEXT_SIZE } from "./report/drawing.js";

/** What printed a report: only the same prints the same bytes again. */
export function printerOf({ version }: Pick<Report, "version">): string {
  return `indicia ${version}, pdfkit 0.20.2`;
}

const MARGIN = 62;
/** Below this a heading or a table's row begins a new page. */
const FOOT = 60;
const BODY = 10;
const SERIF = "Times-Roman";
const SERIF_BOLD = "Times-Bold";
const SANS = "Helvetica";
const SANS_BOLD = "Helvetica-Bold";
const MONO = "Courier";

/**
 * A report as a PDF of A4 pages in the fonts that every reader has. The same report and time give the same bytes: no
 * clock, no random number, and nothing deflated, which another zlib would do otherwise.
 *
 * @param written when the key was opened; the document's date
 */
export async function pdfReport(report: Report, written: Date): Promise<Uint8Array> {
  const doc = new Pdf({
    size: "A4",
    margins: { top: MARGIN, bottom: FOOT, left: MARGIN, right: MARGIN },
    compress: false,
    bufferPages: true,
    lang: "en-GB",
    displayTitle: true,
    info: {
      Title: printed(`${report.title}: ${report.subtitle}`),
      Producer: printerOf(report),
      Creator: "indicia",
      CreationDate: written,
      ModDate: written,
    },
  });
  const chunks: Uint8Array[] = [];
  const finished = new Promise<void>((resolve, reject) => {
    doc.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    doc.on("end", resolve);
    doc.on("error", reject);
  });
  doc.font(SERIF_BOLD, 20).text(printed(report.title));
  doc.font(SERIF, 12).fillColor(COLOURS.grey).text(printed(report.subtitle)).fillColor(COLOURS.ink);
  doc.moveDown(0.8);
  for (const block of report.blocks) drawBlock(doc, block);
  numberPages(doc, report.foot);
  doc.end();
  await finished;
  return new Uint8Array(Buffer.concat(chunks));
}

type Doc = InstanceType<typeof Pdf>;

function drawBlock(doc: Doc, block: Block): void {
  doc.x = MARGIN;
  switch (block.kind) {
    case "heading":
      if (block.newPage === true) doc.addPage();
      else room(doc, 90);
      doc.moveDown(0.7).font(SERIF_BOLD, 13).text(printed(block.text)).moveDown(0.3);
      break;
    case "paragraph":
      drawParagraph(doc, printed(block.text));
      break;
    case "code":
      doc
        .font(MONO, 7.5)
        .text(printed(block.text), MARGIN + 10, doc.y, { lineGap: 1 })
        .moveDown(0.8);
      break;
    case "list":
      for (const item of block.items) drawItem(doc, item);
      doc.moveDown(0.4);
      break;
    case "result":
      drawResult(doc, block);
      break;
    case "facts":
      for (const [name, value] of block.rows)
        drawRow(doc, [name, value], { shares: [0.22, 0.78], font: SERIF, size: 9.5, ruled: false });
      doc.moveDown(0.6);
      break;
    case "table":
      drawTable(doc, block);
      break;
    case "figure":
      drawFigure(doc, block.drawing, block.caption);
      break;
  }
}

function width(doc: Doc): number {
  return doc.page.width - 2 * MARGIN;
}

/** Begin a new page where less than so many points are left. @returns whether one was begun */
function room(doc: Doc, needed: number): boolean {
  const begins = doc.y + needed > doc.page.height - FOOT;
  if (begins) doc.addPage();
  return begins;
}

/** Short ones stay whole. */
function drawParagraph(doc: Doc, text: string): void {
  doc.font(SERIF, BODY);
  room(doc, Math.min(60, doc.heightOfString(text, { width: width(doc), lineGap: 1.5 })));
  doc.text(text, { lineGap: 1.5 }).moveDown(0.5);
}

function drawItem(doc: Doc, item: string): void {
  const text = printed(item);
  doc.font(SERIF, BODY);
  room(doc, doc.heightOfString(text, { width: width(doc) - 14, lineGap: 1.5 }));
  const { y } = doc;
  doc.text("-", MARGIN + 2, y);
  doc.text(text, MARGIN + 14, y, { width: width(doc) - 14, lineGap: 1.5 }).moveDown(0.25);
  doc.x = MARGIN;
}

function drawResult(doc: Doc, { title, lines }: Extract<Block, { kind: "result" }>): void {
  const inner = width(doc) - 24;
  const texts = lines.map(printed);
  const tall =
    doc.font(SERIF_BOLD, 12.5).heightOfString(printed(title), { width: inner }) +
    texts.reduce((sum, text) => sum + doc.font(SERIF, 10.5).heightOfString(text, { width: inner }) + 4, 0);
  const top = doc.y;
  doc
    .rect(MARGIN, top, width(doc), tall + 18)
    .lineWidth(1.2)
    .stroke(COLOURS.ink);
  doc.font(SERIF_BOLD, 12.5).text(printed(title), MARGIN + 12, top + 10, { width: inner });
  for (const text of texts) doc.font(SERIF, 10.5).text(text, MARGIN + 12, doc.y + 4, { width: inner });
  doc.x = MARGIN;
  doc.y = top + tall + 30;
}

/** The head stands above the first row of every page. */
function drawTable(doc: Doc, { head, rows, shares }: Extract<Block, { kind: "table" }>): void {
  const headStyle = { shares, font: SANS_BOLD, size: 8, ruled: true };
  const style = { shares, font: SANS, size: 8, ruled: true };
  const headHeight = rowHeight(doc, head, headStyle);
  for (const [i, row] of rows.entries()) {
    const needed = rowHeight(doc, row, style);
    const begins = room(doc, needed + (i === 0 ? headHeight : 0));
    if (i === 0 || begins) drawRow(doc, head, headStyle);
    drawRow(doc, row, style);
  }
  doc.moveDown(0.9);
}

interface RowStyle {
  readonly shares: readonly number[];
  readonly font: string;
  readonly size: number;
  readonly ruled: boolean;
}

interface Cell {
  readonly text: string;
  readonly share: number;
  readonly font: string;
  readonly size: number;
}

function cellsOf(doc: Doc, texts: readonly string[], { shares, font, size }: RowStyle): Cell[] {
  return texts.map((text, i) => {
    const share = (shares[i] ?? 0) * width(doc) - 8;
    const hash = i > 0 && /^[0-9a-f]{64}$/.test(text);
    // Digits that are to be compared stand in a fixed width, and on one line.
    return { text: printed(text), share, font: hash ? MONO : font, size: hash ? 8.5 : size };
  });
}

/** Height of a row with the space around it, points. */
function rowHeight(doc: Doc, texts: readonly string[], style: RowStyle): number {
  const heights = cellsOf(doc, texts, style).map(({ text, share, font, size }) =>
    doc.font(font, size).heightOfString(text, { width: share }),
  );
  return Math.max(...heights) + 6;
}

function drawRow(doc: Doc, texts: readonly string[], style: RowStyle): void {
  const { shares, ruled } = style;
  const cells = cellsOf(doc, texts, style);
  const tall = rowHeight(doc, texts, style) - 6;
  room(doc, tall + 6);
  const top = doc.y + 3;
  let left = MARGIN;
  for (const [i, cell] of cells.entries()) {
    doc.font(cell.font, cell.size).fillColor(!ruled && i === 0 ? COLOURS.grey : COLOURS.ink);
    doc.text(cell.text, left + 2, top, { width: cell.share });
    left += (shares[i] ?? 0) * width(doc);
  }
  doc.fillColor(COLOURS.ink);
  doc.y = top + tall + 3;
  if (ruled)
    doc
      .moveTo(MARGIN, doc.y)
      .lineTo(MARGIN + width(doc), doc.y)
      .lineWidth(0.4)
      .stroke(COLOURS.pale);
  doc.x = MARGIN;
}

function drawFigure(doc: Doc, drawing: Drawing, caption: string): void {
  room(doc, drawing.height + 44);
  const top = doc.y + 4;
  doc.save().translate(MARGIN, top);
  for (const shape of drawing.shapes) {
    if (shape.kind === "path") {
      doc.path(shape.d).lineWidth(shape.width ?? 1);
      if (shape.dashed === true) doc.dash(3, { space: 2 });
      if (shape.fill !== undefined) doc.fill(COLOURS[shape.fill]);
      else doc.stroke(COLOURS[shape.stroke ?? "ink"]);
      if (shape.dashed === true) doc.undash();
      continue;
    }
    const size = shape.size ?? TEXT_SIZE;
    const text = printed(shape.text);
    doc.font(SANS, size).fillColor(COLOURS[shape.colour ?? "ink"]);
    const shift = { start: 0, middle: 0.5, end: 1 }[shape.anchor] * doc.widthOfString(text);
    // Drawings place the baseline, pdfkit the top of the line.
    doc.text(text, shape.x - shift, shape.y - 0.74 * size, { lineBreak: false });
  }
  doc.restore();
  doc.fillColor(COLOURS.ink);
  doc.x = MARGIN;
  doc.y = top + drawing.height;
  doc.font(SERIF, 9).fillColor(COLOURS.grey).text(printed(caption)).fillColor(COLOURS.ink).moveDown(0.9);
}

function numberPages(doc: Doc, foot: string): void {
  const { start, count } = doc.bufferedPageRange();
  for (let page = start; page < start + count; page++) {
    doc.switchToPage(page);
    // The margin at the foot would make pdfkit begin another page.
    doc.page.margins.bottom = 0;
    doc.font(SANS, 7.5).fillColor(COLOURS.grey);
    doc.text(`${printed(foot)} - page ${page + 1} of ${count}`, MARGIN, doc.page.height - 36, {
      width: width(doc),
      align: "center",
      lineBreak: false,
    });
  }
}

/** The standard fonts have the characters of Latin-1; others are shown as their numbers, never left out. */
function printed(text: string): string {
  return text.replace(
    /[^\u0020-\u007e\u00a1-\u00ff]/gu,
    (each) => `\\u{${(each.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
