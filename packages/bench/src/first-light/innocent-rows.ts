import { writeFile } from "node:fs/promises";
import path from "node:path";
import { writeNpz } from "@indicia/data/npz";
import type { BenchOptions } from "../bench.js";
import { rootPath } from "../root.js";
import { type Row, row } from "../row.js";
import { drawGlyphs, GLYPH_SIZE } from "../test-models/glyphs.js";
import { type Examined, indicia } from "./programs.js";

/** Independently fitted models of the same task. */
const INNOCENTS = ["innocent-a", "innocent-b", "innocent-c"] as const;

/** The three innocents under the real key of the marked glyph model, as files and as black boxes. */
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
      "--registration",
      registration,
      "--key",
      key,
      "--reference",
      model,
      "--full",
      "--budget",
      "500",
    );
  const rows: Row[] = [];
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
    for (const innocent of INNOCENTS) {
      const { verdict } = await examine(rootPath("test-models", `${innocent}.onnx`), protocol);
      rows.push(
        row({
          bench,
          case: innocent,
          metric: `match under the real key, ${protocol}`,
          value: Number(verdict === "match"),
          goal: "== 0",
        }),
      );
    }
  }
  return rows;
}
