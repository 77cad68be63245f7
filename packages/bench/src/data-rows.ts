import { openSession } from "@indicia/runtime/session";
import type { BenchOptions } from "./bench.js";
import { SPLITS } from "./corpus/corpus-file.js";
import { loadCorpus } from "./corpus/load-corpus.js";
import { magikaDecisions, magikaLabel } from "./magika/classify.js";
import { MAGIKA_NAMES, readMagikaModel } from "./magika/model.js";
import { magikaTestFiles } from "./magika/test-files.js";
import { type Row, row } from "./row.js";

/** Goals of the corpus: calibration on at least a thousand real files. */
const LEAST_FILES = { calibration: 1000, pool: 500, "held-back": 1000 } as const;

/** What the other numbers rest on: every file of the corpus is there, and the models see files as they should. */
export async function dataRows(bench: string, { say }: Pick<BenchOptions, "say">): Promise<Row[]> {
  const rows: Row[] = [];
  for (const split of SPLITS) {
    say(`checking the corpus, ${split}`);
    const began = performance.now();
    const { files } = await loadCorpus(split);
    rows.push(
      row({
        bench,
        case: "corpus",
        metric: `${split} files`,
        value: files.length,
        goal: `>= ${LEAST_FILES[split]}`,
        seconds: (performance.now() - began) / 1000,
      }),
    );
  }
  for (const name of MAGIKA_NAMES) {
    say(`classifying test files, ${name}`);
    const began = performance.now();
    const accuracy = await testFileAccuracy(name);
    rows.push(
      row({
        bench,
        case: `magika_${name}`,
        metric: `recognised of ${accuracy.known} test files`,
        value: accuracy.right / accuracy.known,
        goal: ">= 0.9",
        seconds: (performance.now() - began) / 1000,
      }),
    );
  }
  return rows;
}

/** How many of Magika's test files a model takes for what their folders say, among the types that it knows. */
export async function testFileAccuracy(
  name: (typeof MAGIKA_NAMES)[number],
): Promise<{ readonly right: number; readonly known: number; readonly wrong: readonly string[] }> {
  const model = await readMagikaModel(name);
  const tests = (await magikaTestFiles()).filter(({ type }) => model.labels.includes(type));
  const session = await openSession(model.path);
  try {
    const decisions = await magikaDecisions(
      model,
      session,
      tests.map(({ content }) => content),
    );
    const told = tests.map((test, i) => ({ test, label: magikaLabel(model, decisions[i] ?? -1) }));
    const wrong = told.filter(({ test, label }) => label !== test.type);
    return {
      right: tests.length - wrong.length,
      known: tests.length,
      wrong: wrong.map(({ test, label }) => `${test.type}/${test.file}: ${label}`),
    };
  } finally {
    await session.close();
  }
}
