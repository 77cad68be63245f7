// Makes the corpus list anew from what is installed: `node packages/bench/dist/corpus/make.js`, after a build.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { writeDurably } from "@indicia/evidence/durable-file";
import { CORPUS_PATH, formatCorpus, SPLITS } from "./corpus-file.js";
import { scanCandidates } from "./scan.js";
import { selectCorpus } from "./select.js";

/** What the benches were planned with. Fewer are used as they are, and said so. */
const WANTED = { calibration: 4000, pool: 2000, "held-back": 2000 } as const;

const candidates = await scanCandidates();
const corpus = selectCorpus(candidates);
const text = formatCorpus(corpus);
await mkdir(path.dirname(CORPUS_PATH), { recursive: true });
await writeDurably(CORPUS_PATH, new TextEncoder().encode(text));
process.stderr.write(`${candidates.length} files seen, ${text.length} bytes of list\n`);
for (const split of SPLITS) {
  const count = corpus[split].length;
  const short = count < WANTED[split] ? `, ${WANTED[split] - count} fewer than wanted` : "";
  process.stderr.write(`${split}: ${count} files${short}\n`);
}
