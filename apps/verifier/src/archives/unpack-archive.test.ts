import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { packEntry, writeZip } from "@indicia/evidence/zip-write";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VerifierError } from "../error.js";
import { makeZip, type ZipPart } from "../test-support/make-zip.js";
import { isArchive, unpackArchive } from "./unpack-archive.js";

const LIMITS = { entries: 5, entryBytes: 5000, totalBytes: 8000 };
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "indicia-archive-"));
  fs.mkdirSync(path.join(folder, "out"));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

async function unpack(bytes: Uint8Array): Promise<readonly string[]> {
  const file = path.join(folder, "a.zip");
  fs.writeFileSync(file, bytes);
  return await unpackArchive(file, path.join(folder, "out"), LIMITS);
}

async function refusal(bytes: Uint8Array): Promise<string> {
  const error: unknown = await unpack(bytes).catch((reason: unknown) => reason);
  if (!(error instanceof VerifierError)) throw new Error(`not refused: ${String(error)}`);
  expect(error.code).toBe("UNPROCESSABLE");
  return error.message;
}

const read = (name: string): string => fs.readFileSync(path.join(folder, "out", name), "utf8");

test("files are unpacked without the folder around them, clutter and folders left out", async () => {
  const parts: ZipPart[] = [
    { name: "reg/" },
    { name: "reg/b.txt", content: "b".repeat(4000), deflated: true },
    { name: "reg/sub/a.txt", content: "a" },
    { name: "reg/empty", content: "" },
    { name: "__MACOSX/reg/._a.txt", content: "x" },
    { name: "reg/.DS_Store", content: "x" },
  ];
  expect(await unpack(makeZip(parts, { comment: "made by hand" }))).toEqual(["b.txt", "empty", "sub/a.txt"]);
  expect(read("b.txt")).toBe("b".repeat(4000));
  expect(read("sub/a.txt")).toBe("a");
  expect(read("empty")).toBe("");
});

test("what our own packer writes is read", async () => {
  const encoder = new TextEncoder();
  const entries = ["x.json", "y/z.bin"].map((name) => packEntry(name, encoder.encode(name.repeat(50))));
  expect(await unpack(writeZip(entries))).toEqual(["x.json", "y/z.bin"]);
  expect(read("y/z.bin")).toBe("y/z.bin".repeat(50));
  expect(await isArchive(path.join(folder, "a.zip"))).toBe(true);
});

test.each([
  "../up",
  "a/../../up",
  "/etc/passwd",
  "C:\\x",
  "a\\b",
  "a//b",
  "./a",
  "nul\0l",
  "line\nbreak",
  ".hidden",
  "dot.",
  "x".repeat(300),
])("a name that leads elsewhere is refused: %j", async (name) => {
  expect(await refusal(makeZip([{ name, content: "x" }]))).toContain("with the name");
  expect(fs.readdirSync(path.join(folder, "out"))).toEqual([]);
});

test.each<[string, ZipPart[], string]>([
  ["a link", [{ name: "l", content: "/etc/passwd", mode: 0o120777 }], "no plain file"],
  ["a device", [{ name: "d", content: "", mode: 0o020666 }], "no plain file"],
  ["encryption", [{ name: "e", content: "x", flags: 1 }], "encrypted"],
  ["a strange method", [{ name: "m", content: "x", method: 12 }], "unusual method"],
  ["one name twice", ["a", "A"].map((name) => ({ name, content: "x" })), "twice"],
  ["a file that is a folder", ["a", "a/b", "c"].map((name) => ({ name, content: "x" })), "both a file"],
  [
    "too many files",
    ["a", "b", "c", "d", "e", "f"].map((name) => ({ name, content: "x" })),
    "more than 5 files",
  ],
  ["a large file", [{ name: "a", content: "x".repeat(5001) }], "more than 5000"],
  [
    "much in all",
    ["a", "b", "c", "d"].map((name) => ({ name, content: "x".repeat(2500), deflated: true })),
    "more than 8000",
  ],
  ["a claim beyond what deflate can", [{ name: "a", content: "x", deflated: true, claimed: 4999 }], "claims"],
  [
    "more than it claims",
    [{ name: "a", content: "x".repeat(4000), deflated: true, claimed: 100 }],
    "larger than",
  ],
  ["less than it claims", [{ name: "a", content: "x".repeat(400), deflated: true, claimed: 500 }], "damaged"],
  ["a wrong checksum", [{ name: "a", content: "x", crc: 7 }], "damaged"],
  [
    "contents that share bytes",
    [
      { name: "a", content: "xx" },
      { name: "b", sameAs: "a", content: "xx" },
    ],
    "shares",
  ],
])("%s is refused", async (_, parts, why) => {
  expect(await refusal(makeZip(parts))).toContain(why);
});

test("what is cut anywhere, or is no archive, is refused", async () => {
  const whole = makeZip([{ name: "a", content: "some text", deflated: true }]);
  for (let length = 0; length < whole.length; length += 3)
    expect(await refusal(whole.subarray(0, length))).toContain("cannot be used");
  expect(
    await refusal(new TextEncoder().encode("PK no archive at all, but long enough to be one")),
  ).toContain("cut");
});

test("no changed byte crashes it", async () => {
  const crashes: string[] = [];
  const whole = makeZip([{ name: "a", content: "some text", deflated: true }]);
  for (let at = 0; at < whole.length; at++) {
    const changed = Uint8Array.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 0xff;
    fs.rmSync(path.join(folder, "out"), { recursive: true });
    fs.mkdirSync(path.join(folder, "out"));
    const outcome: unknown = await unpack(changed).catch((reason: unknown) => reason);
    if (outcome instanceof Error && !(outcome instanceof VerifierError))
      crashes.push(`byte ${at}: ${outcome}`);
  }
  expect(crashes).toEqual([]);
});
