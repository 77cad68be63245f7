import { nativeSha256 } from "@indicia/evidence/hash-file";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { writeNpz } from "@indicia/data/npz";
import { canonicalBytes, sha256Hex } from "@indicia/evidence/canonical";
import type { ShadowManifest } from "@indicia/evidence/shadow-manifest";
import { indicia } from "../first-light/programs.js";
import { inputRows, type RowsOf } from "./data.js";
import { folderOf, MODEL, modelPath, type Needs, numbered, readModel } from "./needs.js";
import type { ReleasedRecipe, StudentRecipe } from "./recipe.js";
import type { Files } from "./store.js";

/** Names in the artefact, as the command line is given them. */
export const KEY = "owner.key";
export const REGISTERED = "registration";

/** Register and mark the reference as a user does, by the command line alone. */
export async function madeReleased(recipe: ReleasedRecipe, needs: Needs): Promise<Files> {
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-released-"));
  const at = (name: string): string => path.join(folder, name);
  const kept = at("kept");
  const [key, registration] = [path.join(kept, KEY), path.join(kept, REGISTERED)];
  const reference = modelPath(needs, "reference");
  const owner = ["--key", key];
  try {
    await mkdir(kept);
    for (const each of ["calibration", "pool"] as const) await writeRows(at(`${each}.npz`), recipe[each]);
    await writeShadows(at("shadows"), recipe, needs);
    await indicia("key", "new", "--out", key);
    const data = ["calibration", "pool"].flatMap((each) => [`--${each}`, at(`${each}.npz`)]);
    const given = [...owner, ...data, "--shadows", at("shadows"), "--out", registration];
    await indicia("register", reference, ...given);
    const strength = ["--weights", "off", "--label-budget", String(recipe.labelBudget)];
    const marking = [...owner, "--registration", registration, ...strength, "--out", path.join(kept, MODEL)];
    const report = await indicia<unknown>("mark", reference, ...marking);
    return new Map([...(await filesOf(kept)), ["report.json", Buffer.from(JSON.stringify(report))]]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeRows(file: string, rows: RowsOf): Promise<void> {
  await writeFile(file, writeNpz((await inputRows(rows)).tensors));
}

/** The trained shadows as `indicia shadows` leaves its own. */
async function writeShadows(folder: string, { shadowing }: ReleasedRecipe, needs: Needs): Promise<void> {
  await mkdir(folder);
  const { rows, sha256: inputs, random } = await inputRows(shadowing);
  const models = [];
  for (const [i, part] of numbered(needs, "shadow").entries()) {
    const bytes = await readModel(needs, part);
    const file = `shadow-${i + 1}.onnx`;
    await writeFile(path.join(folder, file), bytes);
    const { architecture, seed, epochs } = (await readJson(needs, part, "recipe.json")) as StudentRecipe;
    const { agreement } = (await readJson(needs, part, "facts.json")) as { readonly agreement: number };
    models.push({ file, sha256: sha256Hex(bytes, nativeSha256), architecture, seed, epochs, agreement });
  }
  const manifest: ShadowManifest = {
    version: 1,
    kind: "indicia shadows",
    reference: sha256Hex(await readModel(needs, "reference"), nativeSha256),
    inputs: { rows, sha256: inputs, random },
    models,
  };
  await writeFile(path.join(folder, "shadows.json"), canonicalBytes(manifest));
}

async function readJson(needs: Needs, part: string, file: string): Promise<unknown> {
  return JSON.parse(await readFile(path.join(folderOf(needs, part), file), "utf8"));
}

/** Every file below a folder, by its path there. */
async function filesOf(folder: string): Promise<Map<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = new Map<string, Uint8Array>();
  for (const entry of entries.filter((each) => each.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    files.set(path.relative(folder, file).split(path.sep).join("/"), await readFile(file));
  }
  return files;
}
