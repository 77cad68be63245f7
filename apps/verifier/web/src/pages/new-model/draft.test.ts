import { expect, test } from "vitest";
import type { Upload } from "../../../../src/shapes/common.js";
import { EMPTY_DRAFT, missingFor, newModel } from "./draft.js";

const upload = (id: string): Upload => ({ id, name: id, bytes: 1, sha256: "", uploaded: "" });
const BEGUN = { ...EMPTY_DRAFT, name: " Glyphs ", reference: upload("r") };

test("each step says what it lacks, and nothing is made before all is there", () => {
  expect(missingFor("Model", EMPTY_DRAFT)).toContain("name");
  expect(missingFor("Model", { ...EMPTY_DRAFT, name: "x" })).toContain("Upload");
  expect(missingFor("Owner key", BEGUN)).toContain("owner key");
  expect(missingFor("Data", BEGUN)).toContain("calibration");
  expect(missingFor("Data", { ...BEGUN, calibrationKind: "random", randomRows: "0" })).toContain("256");
  expect(newModel(BEGUN)).toBeNull();
});

test("files that were left out again are not used", () => {
  const draft = {
    ...BEGUN,
    ownerKey: "k",
    calibration: upload("c"),
    poolKind: "file" as const,
    pool: upload("p"),
    payload: " ",
    owner: " Example Ltd ",
  };
  const common = { name: "Glyphs", notes: "", reference: "r" };
  const registration = {
    kind: "new",
    ownerKey: "k",
    calibration: "c",
    pool: "p",
    payload: null,
    owner: "Example Ltd",
  };
  expect(newModel(draft)).toEqual({ ...common, registration });
  expect(newModel({ ...draft, poolKind: "same" })?.registration).toEqual({ ...registration, pool: null });
  expect(newModel({ ...draft, calibrationKind: "random" })?.registration).toEqual({
    ...registration,
    calibration: "random:256",
    pool: null,
  });
});

test("what ties a registration to outside clocks and to chance is sent where it is wished, and only then", () => {
  const draft = {
    ...BEGUN,
    ownerKey: "k",
    calibration: upload("c"),
    authority: " https://tsa.example/ ",
    qualified: true,
    roots: upload("pem"),
  };
  expect(newModel(draft)?.registration).not.toHaveProperty("anchor");
  expect(newModel(draft)?.registration).not.toHaveProperty("shadows");
  expect(newModel({ ...draft, beacon: true, shadows: "4" })?.registration).toMatchObject({
    shadows: 4,
    anchor: { authorities: [], roots: null, allowPrivate: false, beacon: "drand" },
  });
  expect(newModel({ ...draft, dated: true })?.registration).toMatchObject({
    anchor: {
      authorities: [{ url: "https://tsa.example/", qualified: true }],
      roots: "pem",
      allowPrivate: false,
      beacon: null,
    },
  });
  expect(missingFor("Standing", { ...draft, dated: true, authority: " " })).toContain("authority");
});

test("a key that is kept out goes with the registration that was made elsewhere", () => {
  const draft = { ...BEGUN, keyKind: "kept-out" as const };
  expect(newModel(draft)).toBeNull();
  expect(newModel({ ...draft, folder: upload("f") })?.registration).toEqual({
    kind: "folder",
    upload: "f",
    ownerKey: null,
  });
});
