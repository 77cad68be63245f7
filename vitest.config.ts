import { configure } from "./vitest.shared.js";

// `npm test`: everything that needs nothing but Node and is quick.
export default configure({
  include: ["{packages,apps}/*/{src,web/src}/**/*.test.ts", "scripts/**/*.test.mjs"],
  exclude: ["**/*.slow.test.ts", "**/*.system.test.ts"],
  timeoutSeconds: 60,
});
