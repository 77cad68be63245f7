import { configure } from "./vitest.shared.js";

// `npm run test:system`: tests that call other programs than Node; .ci/run lists their Debian packages.
export default configure({
  include: ["{packages,apps}/*/src/**/*.system.test.ts"],
  exclude: [],
  timeoutSeconds: 300,
});
