import fc from "fast-check";
import { expect, it } from "vitest";
import { ACTIONS, allows, isScope } from "./scopes.js";

const model = fc.stringMatching(/^[a-z][a-z0-9._-]{0,9}$/);
const action = fc.constantFrom(...ACTIONS);

it("a scope allows its action on its model, and nothing else", () => {
  fc.assert(
    fc.property(model, action, model, action, (named, allowed, asked, wanted) => {
      const scopes = [`${named}:${allowed}`];
      expect(isScope(scopes[0] ?? "")).toBe(true);
      const may = allowed === wanted || (allowed === "infer" && wanted === "metadata");
      expect(allows(scopes, asked, wanted)).toBe(named === asked && may);
      expect(allows(scopes, null, wanted)).toBe(false);
      expect(allows([`*:${allowed}`], asked, wanted)).toBe(may);
      expect(allows([], asked, wanted)).toBe(false);
    }),
  );
});

it("no star means what only an administrator does", () => {
  const allowed = ACTIONS.filter((each) => allows(["*:*"], "m", each));
  expect(allowed).toEqual(["infer", "metadata", "batch"]);
  expect(allows(["*:admin"], null, "admin")).toBe(true);
});

it.each(["", "m", "m:", ":infer", "m:infer:x", "m:write", "a b:infer", "**:infer", "m:infer ", "../m:infer"])(
  "%j is no scope",
  (text) => {
    expect(isScope(text)).toBe(false);
  },
);
