// `node train-main.js [--quick]`: only the training of the extraction bench, which its measuring then finds done.

import { makeEverything } from "./make-everything.js";
import { modelArtefacts } from "./plan.js";
import { FULL, QUICK } from "./profile.js";

const quick = process.argv.includes("--quick");
await makeEverything(
  (codes) => modelArtefacts(quick ? QUICK : FULL, codes),
  (line) => process.stderr.write(`${line}\n`),
);
