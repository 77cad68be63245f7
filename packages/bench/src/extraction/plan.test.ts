import { describe, expect, it } from "vitest";
import type { RowsOf } from "./data.js";
import { allArtefacts } from "./plan.js";
import { FULL, type Profile, QUICK } from "./profile.js";

const PROFILES: readonly (readonly [string, Profile])[] = [
  ["full", FULL],
  ["quick", QUICK],
];

function apart(a: RowsOf, b: RowsOf): boolean {
  return a.set !== b.set || a.to <= b.from || b.to <= a.from;
}

describe.each(PROFILES)("the %s plan", (_, profile) => {
  const artefacts = allArtefacts(profile, { core: "code" });

  it("names each thing once, after everything that it needs", () => {
    const known = new Set<string>();
    for (const { name, needs } of artefacts) {
      expect(known.has(name)).toBe(false);
      for (const need of Object.values(needs)) expect([name, known.has(need)]).toEqual([name, true]);
      known.add(name);
    }
  });

  it("makes what depends on the key only after what does not", () => {
    const shadows = artefacts.filter(({ name }) => name.startsWith("shadow "));
    expect(shadows).toHaveLength(profile.shadows);
    for (const { needs } of shadows) expect(needs).toEqual({ "teacher 1": "reference" });
    const innocents = artefacts.filter(({ name }) => /^innocent \d+$/.test(name));
    expect(innocents).toHaveLength(profile.innocents);
    for (const { needs } of innocents) expect(needs).toEqual({});
  });

  it("keeps the thief's queries, the calibration and the probes apart", () => {
    const { owner, queries, calibration, pool, spare } = profile;
    for (const other of [owner, calibration, pool, spare]) expect(apart(queries, other)).toBe(true);
    for (const other of [owner, calibration]) expect(apart(pool, other)).toBe(true);
    expect(apart(owner, calibration)).toBe(true);
  });
});
