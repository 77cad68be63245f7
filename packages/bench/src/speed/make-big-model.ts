// Writes the large model of the speed rows: `node packages/bench/dist/speed/make-big-model.js FILE [--external]`.

import { writeBigModel } from "./big-model.js";

const args = process.argv.slice(2);
const target = args.find((arg) => !arg.startsWith("-"));
if (target === undefined) {
  process.stderr.write("BENCH_USAGE: no file is named. Give the path of the .onnx file to write.\n");
  process.exitCode = 2;
} else {
  const began = performance.now();
  const files = writeBigModel(target, { external: args.includes("--external") });
  process.stderr.write(`${files.join(", ")} in ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
}
