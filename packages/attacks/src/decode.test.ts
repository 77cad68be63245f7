import { describe, expect, it } from "vitest";
import { decode, encode } from "./decode.js";
import { outputsOf } from "./test-support/run.js";
import { generatedSubjects, sharedSubjects, trainedSubjects } from "./test-support/subjects.js";

describe("a model decoded and built again", () => {
  const subjects = [...generatedSubjects(), ...trainedSubjects(), ...sharedSubjects()];

  it.each(subjects)("$name answers exactly as before", async ({ bytes, rows }) => {
    const again = encode(decode(bytes));
    expect(await outputsOf(again, rows)).toEqual(await outputsOf(bytes, rows));
    expect(Buffer.from(encode(decode(again))).equals(again)).toBe(true);
  });
});
