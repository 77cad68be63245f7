// `node over-http-main.js [--quick]`: only those rows of the extraction bench that are measured through real endpoints.

import { makeEverything } from "./make-everything.js";
import { overHttpRows } from "./over-http.js";
import { httpArtefacts } from "./plan-http.js";
import { keylessModels } from "./plan-models.js";
import { FULL, QUICK } from "./profile.js";

const profile = process.argv.includes("--quick") ? QUICK : FULL;
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const folders = await makeEverything(
  () => [...keylessModels({ ...profile, innocents: 1 }), ...httpArtefacts(profile)],
  say,
);
const rows = await overHttpRows("extraction", profile, folders, say);
process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
