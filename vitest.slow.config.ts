import { configure } from "./vitest.shared.js";

// `npm run test:slow`: tests that take longer than five seconds each.
export default configure({
  include: ["{packages,apps}/*/src/**/*.slow.test.ts"],
  exclude: [],
  timeoutSeconds: 900,
});
