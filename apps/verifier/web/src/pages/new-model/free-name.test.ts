import { expect, test } from "vitest";
import { ApiError } from "../../api/api-error.js";
import { underFreeName } from "./free-name.js";

function refusal(code: string): ApiError {
  return new ApiError({ code, detail: "it is refused", hint: "Try another.", status: 409 });
}

test("a name that is taken is tried again with a number", async () => {
  const taken = new Set(["Key of Glyphs", "Key of Glyphs (2)"]);
  const make = async (name: string): Promise<string> => {
    if (taken.has(name)) throw refusal("CONFLICT");
    return name;
  };
  expect(await underFreeName("Key of Glyphs", make)).toBe("Key of Glyphs (3)");
  expect(await underFreeName("Key of others", make)).toBe("Key of others");
});

test("other refusals, and one that never ends, are passed on", async () => {
  let asked = 0;
  const refuse = (code: string) => async (): Promise<never> => {
    asked += 1;
    throw refusal(code);
  };
  await expect(underFreeName("a", refuse("TOO_LARGE"))).rejects.toMatchObject({ code: "TOO_LARGE" });
  expect(asked).toBe(1);
  await expect(underFreeName("a", refuse("CONFLICT"))).rejects.toMatchObject({ code: "CONFLICT" });
  expect(asked).toBe(21);
});
