import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { MarkReport } from "@indicia/core/mark";
import { askModel } from "../baselines/ask-model.js";
import { answerDistortion } from "../baselines/distortion.js";
import { claimFlags, type Examined, indicia, serveStolen } from "../first-light/programs.js";
import { type Row, row } from "../row.js";
import { labelledRows } from "./data.js";
import { KEY, REGISTERED } from "./make-released.js";
import { folderOf, modelPath, type Needs, readModel } from "./needs.js";
import { ACCURACY_COST } from "./plan-baselines.js";
import { type HttpCase, httpCases, RELEASED } from "./plan-http.js";
import type { Profile } from "./profile.js";
import { verifiedRows } from "./verified-rows.js";
import { withSoftmax } from "./with-softmax.js";

/** Requests per second: the suspect is our own. */
const RATE = "10000";
const EVIDENCE = "evidence.zip";

/**
 * What is found of thieves through real endpoints: each served by a process that is given his model alone, examined and
 * verified by the command line in others.
 *
 * @param folders artefacts by name, those of `httpArtefacts` among them
 */
export async function overHttpRows(
  bench: string,
  profile: Profile,
  folders: ReadonlyMap<string, string>,
  say: (line: string) => void,
): Promise<Row[]> {
  const made: Needs = Object.fromEntries(folders);
  const rows = await markRows(bench, profile, made);
  for (const each of httpCases(profile)) {
    say(`over HTTP: ${caseName(each)}`);
    rows.push(...(await examinedRows(bench, each, made)));
  }
  return rows;
}

/** What the mark that `indicia mark` chose costs. */
async function markRows(bench: string, { pool, whole }: Profile, made: Needs): Promise<Row[]> {
  const text = await readFile(path.join(folderOf(made, RELEASED), "report.json"), "utf8");
  const { marks, distortion } = JSON.parse(text) as MarkReport;
  const { inputs, labels } = await labelledRows(pool);
  const [reference, released] = [await readModel(made, "reference"), await readModel(made, RELEASED)];
  const fresh = answerDistortion(await askModel(reference)(inputs), await askModel(released)(inputs), labels);
  const add = (metric: string, value: number, goal?: string): Row =>
    row({
      bench,
      case: `over HTTP: ${RELEASED}`,
      metric,
      value,
      ...(goal === undefined || !whole ? {} : { goal }),
    });
  return [
    add("read-out strength, logits", marks.readout?.strength ?? 0),
    add("labels changed on calibration images, 95 % bound", distortion.labelsChangedUpper95),
    add("labels changed on test images", fresh.labelsChanged, "<= 0.02"),
    add("accuracy lost on test images", fresh.accuracyCost, `<= ${ACCURACY_COST}`),
    add("total variation on test images", fresh.totalVariation),
  ];
}

/** Examine one suspect, under a copy of the registration: whoever examined one alone would pay for no other. */
async function examinedRows(bench: string, each: HttpCase, made: Needs): Promise<Row[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-over-http-"));
  const at = (name: string): string => path.join(folder, name);
  const released = folderOf(made, RELEASED);
  try {
    await cp(path.join(released, REGISTERED), at(REGISTERED), { recursive: true });
    // The cache keeps no modes, and a key that others can read is refused.
    await writeFile(at(KEY), await readFile(path.join(released, KEY)), { mode: 0o600 });
    await writeFile(at("served.onnx"), withSoftmax(await readModel(made, each.suspect)));
    const began = performance.now();
    const said = await examined(each, {
      model: at("served.onnx"),
      claim: claimFlags({
        registration: at(REGISTERED),
        key: at(KEY),
        reference: modelPath(made, "reference"),
      }),
      evidence: at(EVIDENCE),
    });
    const seconds = (performance.now() - began) / 1000;
    const add = (metric: string, value: number, goal: string | null = null): Row =>
      row({ bench, case: `over HTTP: ${caseName(each)}`, metric, value, ...(goal === null ? {} : { goal }) });
    return [
      each.innocent
        ? add("matches", Number(said.verdict === "match"), "== 0")
        : add("log10PIdeal", said.log10PIdeal, each.goal),
      add("T", said.witnesses[0]?.T ?? 0),
      add("queries", said.queries, `<= ${each.budget}`),
      add("seconds", seconds),
      ...(each.verified
        ? await verifiedRows(add, {
            evidence: at(EVIDENCE),
            key: at(KEY),
            folder,
            registration: at(REGISTERED),
            reference: modelPath(made, "reference"),
          })
        : []),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function examined(
  { output, budget }: HttpCase,
  given: { readonly model: string; readonly claim: readonly string[]; readonly evidence: string },
): Promise<Examined> {
  const endpoint = await serveStolen(given.model, output);
  try {
    const asking = ["--allow-private", "--rate", RATE, "--full", "--budget", String(budget)];
    return await indicia("examine", endpoint.address, ...given.claim, ...asking, "--out", given.evidence);
  } finally {
    await endpoint.stop();
  }
}

function caseName({ suspect, output, budget }: HttpCase): string {
  return `${suspect}, answers ${output}, budget ${budget}`;
}
