import { writeFile } from "node:fs/promises";
import path from "node:path";
import { writeNpz } from "@indicia/data/npz";
import type { BenchOptions } from "../bench.js";
import { rootPath } from "../root.js";
import { type Row, row } from "../row.js";
import { fitModel } from "../test-models/fit.js";
import { drawGlyphs, GLYPH_SIZE } from "../test-models/glyphs.js";
import { RECIPES } from "../test-models/recipes.js";
import { claimFlags, type Examined, indicia } from "./programs.js";

/** Independently fitted models of the same task. */
const INNOCENTS = ["innocent-a", "innocent-b", "innocent-c"] as const;
/** Further ones, fitted on the spot: the first innocent's recipe from other seeds, on fewer images. */
const FITTED = { models: 7, training: 4000, epochs: 2 } as const;

/** Ten innocents under the real key of the marked glyph model, as files and as black boxes. */
export async function innocentRows(
  bench: string,
  folder: string,
  { quick, say }: BenchOptions,
): Promise<Row[]> {
  const model = rootPath("test-models", "glyphs.onnx");
  const at = (file: string): string => path.join(folder, `glyphs-${file}`);
  for (const [name, seed] of [
    ["calibration", 11],
    ["pool", 12],
  ] as const) {
    const count = quick ? 600 : 2000;
    const { images } = drawGlyphs({ seed, count });
    const image = { type: "float32" as const, dims: [count, 1, GLYPH_SIZE, GLYPH_SIZE], data: images };
    await writeFile(at(`${name}.npz`), writeNpz({ image }));
  }
  const [key, registration, marked] = [at("owner.key"), at("registration"), at("marked.onnx")];
  await indicia("key", "new", "--out", key);
  await indicia(
    "register",
    model,
    "--key",
    key,
    "--out",
    registration,
    "--calibration",
    at("calibration.npz"),
    "--pool",
    at("pool.npz"),
  );
  await indicia("mark", model, "--key", key, "--registration", registration, "--out", marked);
  const examine = (suspect: string, protocol: string): Promise<Examined> =>
    indicia(
      "examine",
      suspect,
      "--protocol",
      protocol,
      ...claimFlags({ registration, key, reference: model }),
      "--full",
      "--budget",
      "500",
    );
  const rows: Row[] = [];
  const suspects = INNOCENTS.map((name) => ({
    name: name as string,
    file: rootPath("test-models", `${name}.onnx`),
  }));
  if (!quick) suspects.push(...(await fitInnocents(at, say)));
  for (const protocol of ["onnx", "onnx-black-box"]) {
    say(`glyphs: ${protocol}`);
    const caught = await examine(marked, protocol);
    rows.push(
      row({
        bench,
        case: "glyphs, stolen copy",
        metric: `log10PIdeal, ${protocol}`,
        value: caught.log10PIdeal,
        goal: "<= -30",
      }),
    );
    for (const { name, file } of suspects) {
      const { verdict } = await examine(file, protocol);
      const common = { bench, case: name };
      const matched = Number(verdict === "match");
      rows.push(
        row({ ...common, metric: `match under the real key, ${protocol}`, value: matched, goal: "== 0" }),
      );
    }
  }
  return rows;
}

async function fitInnocents(
  at: (file: string) => string,
  say: BenchOptions["say"],
): Promise<{ name: string; file: string }[]> {
  const pattern = RECIPES.find(({ role }) => role === "innocent");
  if (pattern === undefined) throw new RangeError("there is no recipe of an innocent");
  const { models, ...samples } = FITTED;
  const fitted: { name: string; file: string }[] = [];
  for (let i = 1; i <= models; i++) {
    say(`glyphs: fitting innocent ${i} of ${models}`);
    const { bytes } = await fitModel({ ...pattern, ...samples, seed: 100 + i });
    const file = at(`innocent-${i}.onnx`);
    await writeFile(file, bytes);
    fitted.push({ name: `innocent, seed ${100 + i}`, file });
  }
  return fitted;
}
