import { parseArgs } from "node:util";
import { writeNpz } from "@indicia/data/npz";
import { writeDurably } from "@indicia/evidence/durable-file";
import { magikaRows } from "./features.js";
import { ownFiles } from "./own-files.js";

/** Files as a Magika model reads them, such as `node rows-main.js --model v3_3 --files FOLDER --count 2000 --out rows.npz`. */
const USAGE = "Usage: rows-main.js --model v1|v3_3 --files FOLDER [--skip N] [--count N] --out FILE.npz\n";

const given = read();
if (given === null) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  const files = await ownFiles(given.folder, given);
  if (files.length === 0) {
    process.stderr.write("ROWS_NONE: no file of 64 bytes to 1 MiB is left below this folder.\n");
    process.exitCode = 2;
  } else {
    await writeDurably(given.out, writeNpz({ bytes: magikaRows(given.model, files) }, { compress: true }));
    process.stdout.write(`${files.length} files in ${given.out}\n`);
  }
}

function read(): { model: "v1" | "v3_3"; folder: string; skip: number; count: number; out: string } | null {
  try {
    const text = { type: "string" } as const;
    const options = { model: text, files: text, skip: text, count: text, out: text };
    const { model, files: folder, skip = "0", count = "3000", out } = parseArgs({ options }).values;
    const numbers = [Number(skip), Number(count)];
    if (model !== "v1" && model !== "v3_3") return null;
    if (folder === undefined || out === undefined) return null;
    if (!numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) return null;
    return { model, folder, skip: Number(skip), count: Number(count), out };
  } catch {
    return null;
  }
}
