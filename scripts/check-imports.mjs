// `npm run imports`: does every import keep to the rooms of the house? Prints each chain that does not.

import { moduleGraph } from "./imports/graph.mjs";
import { findViolations } from "./imports/rules.mjs";
import { readWorkspace } from "./imports/workspace.mjs";
import { root } from "./root.mjs";

const { packages, sources, problems } = readWorkspace(root);
const violations = [
  ...problems.map((problem) => ({ rule: problem, chain: [] })),
  ...findViolations(moduleGraph(packages, sources)),
];
for (const { rule, chain } of violations) {
  console.error(rule);
  for (const [depth, step] of chain.entries()) console.error(`  ${depth === 0 ? "" : "-> "}${step}`);
}
console.error(`${sources.size} files, ${violations.length} imports out of place`);
process.exitCode = violations.length === 0 ? 0 : 1;
