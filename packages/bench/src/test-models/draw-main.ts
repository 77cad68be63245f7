import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { writeNpz } from "@indicia/data/npz";
import { drawGlyphs, GLYPH_SIZE } from "./glyphs.js";

/** Draw glyph images for the test models into a .npz: `node draw-main.js --seed 11 --count 1000 --out FILE.npz`. */
const { values } = parseArgs({
  options: { seed: { type: "string" }, count: { type: "string" }, out: { type: "string" } },
});
const count = Number(values.count);
if (values.out === undefined || values.seed === undefined || !Number.isSafeInteger(count) || count < 1) {
  process.stderr.write("Usage: draw-main.js --seed TEXT --count N --out FILE.npz\n");
  process.exit(2);
}
const { images } = drawGlyphs({ seed: values.seed, count });
const image = { type: "float32" as const, dims: [count, 1, GLYPH_SIZE, GLYPH_SIZE], data: images };
writeFileSync(values.out, writeNpz({ image }, { compress: true }));
