import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { int16Values } from "@indicia/evidence/numbers";
import { writeNpz } from "@indicia/data/npz";
import { readBundle } from "@indicia/evidence/bundle";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { observationSchema } from "@indicia/evidence/observation-format";
import { toFloat64 } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import type { BenchOptions } from "../bench.js";
import { type CorpusFiles, loadCorpus } from "../corpus/load-corpus.js";
import { magikaRows } from "../magika/features.js";
import { type NullCase, readoutNullCase, weightsNullCase } from "../null-calibration.js";
import { rootPath } from "../root.js";
import { type Row, row } from "../row.js";
import { claimFlags, type Examined, indicia, serveStolen } from "./programs.js";

export type MagikaName = "v1" | "v3_3";

/** Real files used by --quick: enough to see that everything still runs. */
const QUICK = { calibration: 640, pool: 320, "held-back": 200 } as const;
const PAYLOAD = "first light";

/** Ways in which the thief answers, and what has to be found of it. */
const ANSWERS = [
  { output: "full", metric: "log10PIdeal, probabilities", goal: "<= -1000" },
  { output: "round:2", metric: "log10PIdeal, two decimals", goal: "<= -30" },
  { output: "labels", metric: "log10PIdeal, labels only", goal: "<= -8" },
] as const;

export interface MagikaResult {
  readonly rows: Row[];
  /** Key-free residuals, for wrong keys to be held against. */
  readonly nullCases: NullCase[];
}

/** Mark a real classifier, steal it, and catch it: the file and three kinds of endpoints; then the innocents. */
export async function magikaResult(
  bench: string,
  name: MagikaName,
  folder: string,
  { quick, say }: BenchOptions,
): Promise<MagikaResult> {
  const model = rootPath("..", "shared", "models", `magika_standard_${name}.onnx`);
  const other = rootPath("..", "shared", "models", `magika_standard_${name === "v1" ? "v3_3" : "v1"}.onnx`);
  const at = (file: string): string => path.join(folder, `${name}-${file}`);
  const budget = quick ? "128" : "500";
  const rows: Row[] = [];
  const nullCases: NullCase[] = [];
  const add = (metric: string, value: number, goal?: string, unit = ""): void => {
    rows.push(
      row({
        bench,
        case: `magika_standard_${name}`,
        metric,
        value,
        unit,
        ...(goal === undefined ? {} : { goal }),
      }),
    );
  };
  for (const split of ["calibration", "pool"] as const) {
    const { files } = await corpus(split, quick);
    await writeFile(at(`${split}.npz`), writeNpz({ bytes: magikaRows(name, files) }));
    add(`${split} files`, files.length);
  }
  say(`${name}: registering and marking`);
  const [key, registration, marked] = [at("owner.key"), at("registration"), at("marked.onnx")];
  await indicia("key", "new", "--out", key);
  const data = ["--calibration", at("calibration.npz"), "--pool", at("pool.npz")];
  await indicia("register", model, "--key", key, "--out", registration, "--payload", PAYLOAD, ...data);
  const report = await indicia<{
    marks: { weights: { strength: number } | null; readout: { strength: number } | null };
    distortion: { labelsChangedUpper95: number };
  }>("mark", model, "--key", key, "--registration", registration, "--out", marked, ...budgetFlags(quick));
  add("weight strength", report.marks.weights?.strength ?? 0);
  add("read-out strength", report.marks.readout?.strength ?? 0, undefined, "logits");
  add(
    "labels changed on calibration files, 95 % bound",
    100 * report.distortion.labelsChangedUpper95,
    quick ? undefined : "<= 0.5",
    "%",
  );
  add(
    "labels changed on held-back files",
    100 * (await changedShare(name, model, marked, quick)),
    "<= 0.7",
    "%",
  );

  const asking = ["--allow-private", "--rate", "1000", "--full", "--budget", budget];
  const claim = claimFlags({ registration, key, reference: model });
  const examine = (suspect: string, evidence: string, ...more: string[]): Promise<Examined> =>
    indicia("examine", suspect, ...claim, "--out", at(evidence), ...more);
  const file = await examine(marked, "file.zip");
  const weights = file.witnesses.find(({ mark }) => mark === "weights");
  add("log10PIdeal, weights with the reference", weights?.log10P ?? 0, "<= -1000");
  add(
    "payload bits wrong",
    weights?.payload?.text === PAYLOAD ? (weights.payload.bitErrors ?? 256) : 256,
    "== 0",
  );
  nullCases.push(...(await nullCasesOf(at("file.zip"), `${name} file`)));
  for (const { output, metric, goal } of ANSWERS) {
    say(`${name}: examining the stolen copy, answers ${output}`);
    const caught = await throughEndpoint(marked, output, (address) =>
      examine(address, `${output.replace(":", "-")}.zip`, ...asking),
    );
    add(metric, caught.log10PIdeal, quick ? undefined : goal);
    add(`queries, ${output}`, caught.queries, "<= 500");
    nullCases.push(...(await nullCasesOf(at(`${output.replace(":", "-")}.zip`), `${name} ${output}`)));
    const innocent = await throughEndpoint(model, output, (address) =>
      examine(address, `innocent-${output.replace(":", "-")}.zip`, ...asking),
    );
    add(`unmarked original, answers ${output}: match`, Number(innocent.verdict === "match"), "== 0");
  }
  say(`${name}: examining innocents`);
  const original = await examine(model, "original.zip");
  add("unmarked original, file: match", Number(original.verdict === "match"), "== 0");
  const foreign = await examine(other, "other.zip");
  add("the other Magika model, file: match", Number(foreign.verdict === "match"), "== 0");
  return { rows, nullCases };
}

/** The few files of a quick run cannot certify the default label budget. */
function budgetFlags(quick: boolean): string[] {
  return quick ? ["--label-budget", "0.02"] : [];
}

async function throughEndpoint<T>(
  model: string,
  output: string,
  use: (address: string) => Promise<T>,
): Promise<T> {
  const endpoint = await serveStolen(model, output);
  try {
    return await use(endpoint.address);
  } finally {
    await endpoint.stop();
  }
}

function corpus(split: keyof typeof QUICK, quick: boolean): Promise<CorpusFiles> {
  return loadCorpus(split, quick ? { limit: QUICK[split] } : {});
}

/** Share of held-back real files that the marked model calls otherwise. */
async function changedShare(
  name: MagikaName,
  model: string,
  marked: string,
  quick: boolean,
): Promise<number> {
  const { files } = await corpus("held-back", quick);
  const bytes = magikaRows(name, files);
  const labels = async (file: string): Promise<number[]> => {
    const session = await openSession(file, { threads: 2 });
    const outputs = await session.runRows({ bytes }, { batch: 8 });
    await session.close();
    const [scores] = Object.values(outputs);
    if (scores === undefined) return [];
    const values = toFloat64(scores);
    const width = values.length / files.length;
    return files.map((_, i) => {
      const own = values.subarray(i * width, (i + 1) * width);
      return own.indexOf(Math.max(...own));
    });
  };
  const before = await labels(model);
  const after = await labels(marked);
  return before.filter((label, i) => label !== after[i]).length / files.length;
}

/** The residuals that a bundle seals at its last look. */
async function nullCasesOf(evidence: string, name: string): Promise<NullCase[]> {
  const { files } = readBundle(new Uint8Array(await readFile(evidence)), { sha256: nativeSha256 });
  const observation = observationSchema.parse(
    JSON.parse(new TextDecoder().decode(files.get("observation/observation.json"))),
  );
  return (observation.looks.at(-1)?.residuals ?? []).flatMap(({ id, carrier, file }) => {
    const values = int16Values(files.get(`observation/${file}`) ?? new Uint8Array(0));
    // Where a mark was not placed, nothing is left over, and no key can be held against it.
    if (values.every((value) => value === 0)) return [];
    return carrier.scheme === "readout/1"
      ? readoutNullCase(`${name}: ${id}`, carrier, values)
      : weightsNullCase(`${name}: ${id}`, carrier.segments, values);
  });
}
