import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { MarkReport } from "@indicia/core/mark";
import type { AnswerDistortion } from "../baselines/distortion.js";
import { claimFlags, type Examined, indicia, serveStolen } from "../first-light/programs.js";
import { type Row, row } from "../row.js";
import { median } from "../speed/median.js";
import { copyDistortion } from "./key-rows.js";
import { KEY, REGISTERED } from "./make-released.js";
import { folderOf, modelPath, type Needs, readModel } from "./needs.js";
import { ACCURACY_COST } from "./plan-baselines.js";
import { type HttpCase, httpCases, releasedName } from "./plan-http.js";
import type { Profile } from "./profile.js";
import { type VerifiedFiles, verifiedRows } from "./verified-rows.js";
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
    rows.push(...(await caseRows(bench, each, profile.keys, made)));
  }
  return rows;
}

/** What the marks that `indicia mark` chose cost: medians over the keys. */
async function markRows(bench: string, profile: Profile, made: Needs): Promise<Row[]> {
  const distortion = await copyDistortion(await readModel(made, "reference"), profile);
  const seen: { readonly report: MarkReport; readonly fresh: AnswerDistortion }[] = [];
  for (const key of profile.keys) {
    const name = releasedName(key);
    const text = await readFile(path.join(folderOf(made, name), "report.json"), "utf8");
    const fresh = await distortion(await readModel(made, name));
    seen.push({ report: JSON.parse(text) as MarkReport, fresh });
  }
  const add = (metric: string, of: (each: (typeof seen)[number]) => number, goal?: string): Row =>
    row({
      bench,
      case: "over HTTP: released copy",
      metric,
      value: median(seen.map(of)),
      rounds: seen.map(of),
      ...(goal === undefined || !profile.whole ? {} : { goal }),
    });
  return [
    add("read-out strength, logits", ({ report }) => report.marks.readout?.strength ?? 0),
    add(
      "labels changed on calibration images, 95 % bound",
      ({ report }) => report.distortion.labelsChangedUpper95,
    ),
    add("labels changed on test images", ({ fresh }) => fresh.labelsChanged, "<= 0.02"),
    add("accuracy lost on test images", ({ fresh }) => fresh.accuracyCost, `<= ${ACCURACY_COST}`),
    add("total variation on test images", ({ fresh }) => fresh.totalVariation),
  ];
}

/** One case: a thief under each key, whoever is innocent under the first. */
async function caseRows(bench: string, each: HttpCase, keys: readonly number[], made: Needs): Promise<Row[]> {
  const add: Add = (metric, values, goal = null) =>
    row({
      bench,
      case: `over HTTP: ${caseName(each)}`,
      metric,
      value: median(values),
      ...(values.length > 1 ? { rounds: values } : {}),
      ...(goal === null ? {} : { goal }),
    });
  const verified: Row[] = [];
  const seen: (Examined & { readonly seconds: number })[] = [];
  for (const key of each.innocent ? keys.slice(0, 1) : keys) {
    seen.push(
      await underKey(each, key, made, async (given) => {
        const checking = each.verified && verified.length === 0;
        if (checking)
          verified.push(...(await verifiedRows((metric, value, goal) => add(metric, [value], goal), given)));
      }),
    );
  }
  return [
    each.innocent
      ? add("matches", [seen.filter(({ verdict }) => verdict === "match").length], "== 0")
      : add(
          "log10PIdeal",
          seen.map(({ log10PIdeal }) => log10PIdeal),
          each.goal,
        ),
    add(
      "T",
      seen.map(({ witnesses }) => witnesses[0]?.T ?? 0),
    ),
    add("queries", [Math.max(...seen.map(({ queries }) => queries))], `<= ${each.budget}`),
    add(
      "seconds",
      seen.map(({ seconds }) => seconds),
    ),
    ...verified,
  ];
}

type Add = (metric: string, values: readonly number[], goal?: string | null) => Row;

/** Examine one suspect, under a copy of the registration: whoever examined one alone would pay for no other. */
async function underKey(
  each: HttpCase,
  key: number,
  made: Needs,
  then: (given: VerifiedFiles) => Promise<void>,
): Promise<Examined & { readonly seconds: number }> {
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-over-http-"));
  const at = (name: string): string => path.join(folder, name);
  const released = folderOf(made, releasedName(key));
  const reference = modelPath(made, "reference");
  try {
    await cp(path.join(released, REGISTERED), at(REGISTERED), { recursive: true });
    // The cache keeps no modes, and a key that others can read is refused.
    await writeFile(at(KEY), await readFile(path.join(released, KEY)), { mode: 0o600 });
    await writeFile(at("served.onnx"), withSoftmax(await readModel(made, each.suspect(key))));
    const began = performance.now();
    const said = await examined(each, {
      model: at("served.onnx"),
      claim: claimFlags({ registration: at(REGISTERED), key: at(KEY), reference }),
      evidence: at(EVIDENCE),
    });
    const seconds = (performance.now() - began) / 1000;
    await then({ evidence: at(EVIDENCE), key: at(KEY), folder, registration: at(REGISTERED), reference });
    return { ...said, seconds };
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

function caseName({ name, output, budget }: HttpCase): string {
  return `${name}, answers ${output}, budget ${budget}`;
}
