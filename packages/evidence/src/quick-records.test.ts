import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAnswerRecord, isIntentRecord } from "./quick-records.js";
import { answerSchema, intentSchema } from "./transcript-records.js";

const HASH = "ab".repeat(32);
const INTENT = { method: "POST", url: "u", headers: { a: "b" }, body: "", sha256: HASH, probes: [0, 7] };
const ANSWER = {
  intent: 1,
  status: 200,
  headers: {},
  body: "",
  sha256: HASH,
  address: null,
  certificate: null,
};
/** Values of which each field takes some and refuses others. */
const VALUES: readonly unknown[] = [
  null,
  undefined,
  true,
  "",
  "text",
  HASH,
  HASH.toUpperCase(),
  `${HASH}\n`,
  -1,
  -0,
  0,
  1.5,
  999,
  1000,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  [],
  [1],
  [-1],
  ["a"],
  [null],
  {},
  { a: "b" },
  { a: 1 },
  { a: null },
  { "": "" },
];

const RECORDS = [
  { name: "an intent", good: INTENT, quick: isIntentRecord, schema: intentSchema },
  { name: "an answer", good: ANSWER, quick: isAnswerRecord, schema: answerSchema },
] as const;

describe.each(RECORDS)("$name found quickly", ({ good, quick, schema }) => {
  it("is as the schema has it, whichever field is changed, missing or too many", () => {
    expect(quick(good)).toBe(true);
    const keys = [...Object.keys(good), "extra"];
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.constantFrom(...VALUES), fc.boolean(), (key, value, cut) => {
        const record: Record<string, unknown> = { ...good, [key]: value };
        if (cut) delete record[key];
        expect(quick(record)).toBe(schema.safeParse(record).success);
      }),
      { numRuns: 1000 },
    );
  });

  it("is none of another kind", () => {
    for (const value of VALUES) expect(quick(value)).toBe(false);
    expect(quick(Object.values(good))).toBe(false);
  });

  it("leaves a header called __proto__ to the schema", () => {
    expect(quick({ ...good, headers: JSON.parse('{"__proto__":"x"}') })).toBe(false);
  });
});
