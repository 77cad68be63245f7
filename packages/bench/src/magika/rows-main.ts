import { parseArgs } from "node:util";
import { writeDurably } from "@indicia/evidence/durable-file";
import { writeNpz } from "@indicia/data/npz";
import { SPLITS } from "../corpus/corpus-file.js";
import { loadCorpus } from "../corpus/load-corpus.js";
import { magikaRows } from "./features.js";

/** Real files of the corpus as a Magika model reads them: `node rows-main.js --model v3_3 --split pool --out FILE.npz`. */
const { values } = parseArgs({
  options: { model: { type: "string" }, split: { type: "string" }, out: { type: "string" } },
});
const model = values.model === "v1" || values.model === "v3_3" ? values.model : null;
const split = SPLITS.find((each) => each === values.split) ?? null;
if (model === null || split === null || values.out === undefined) {
  process.stderr.write(`Usage: rows-main.js --model v1|v3_3 --split ${SPLITS.join("|")} --out FILE.npz\n`);
  process.exit(2);
}
const { files } = await loadCorpus(split);
await writeDurably(values.out, writeNpz({ bytes: magikaRows(model, files) }, { compress: true }));
process.stdout.write(`${files.length} files in ${values.out}\n`);
