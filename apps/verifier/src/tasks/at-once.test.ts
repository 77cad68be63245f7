import { expect, test } from "vitest";
import { atOnce } from "./at-once.js";

test("a user has so many places, others have theirs, and each is given back once", () => {
  const places = atOnce(2);
  const [first, second] = [places.take("ada"), places.take("ada")];
  const refused = expect.objectContaining({ code: "TOO_MANY_REQUESTS" });
  expect(() => places.take("ada")).toThrow(refused);
  places.take("eve");
  first();
  first();
  places.take("ada");
  expect(() => places.take("ada")).toThrow(refused);
  second();
  places.take("ada");
});
