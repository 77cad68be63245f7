import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { deflateSync, unzipSync, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { crc32 } from "./crc32.js";
import type { EvidenceErrorCode } from "./error.js";
import { codeOf } from "./test-support/codes.js";
import { nativeUnpacker } from "./unpack-file.js";
import { DEFLATED, directory, localHeader, STORED, type ZipEntry } from "./zip-frame.js";
import { ZIP_LIMITS, type ZipLimits } from "./zip-limits.js";
import { MAX_NAME_LENGTH } from "./zip-names.js";
import { readZip, type Unpacker, unpackEntry } from "./zip-read.js";
import { packEntry, writeZip } from "./zip-write.js";

const TEXT = utf8ToBytes("evidence ".repeat(50));
const ENTRIES = [
  packEntry("b/text.txt", TEXT),
  packEntry("a.bin", Uint8Array.of(1, 2, 3)),
  packEntry("c", new Uint8Array(0)),
];
const ZIP = writeZip(ENTRIES);

type Contents = (bytes: Uint8Array, limits?: ZipLimits) => Map<string, Uint8Array>;
const contentsBy =
  (unpacker?: Unpacker): Contents =>
  (bytes, limits) =>
    new Map(readZip(bytes, limits).map((entry) => [entry.name, unpackEntry(entry, unpacker)]));
const UNPACKERS: readonly (readonly [string, Contents])[] = [
  ["portably", contentsBy()],
  ["by the platform", contentsBy(nativeUnpacker)],
];
/** An archive of these entries, in this order, whatever they are called or say. */
const rawZip = (entries: readonly ZipEntry[]): Uint8Array =>
  concatBytes(...entries.flatMap((entry) => [localHeader(entry), entry.packed]), directory(entries));
const named = (name: string): ZipEntry => ({ ...packEntry("x", Uint8Array.of(1)), name });

describe.each(UNPACKERS)("archive unpacked %s", (_how, contents) => {
  it("gives back what was put in, in the order of names", () => {
    const read = contents(ZIP);
    expect([...read.keys()]).toEqual(["a.bin", "b/text.txt", "c"]);
    expect(read.get("b/text.txt")).toEqual(TEXT);
  });

  it("is the same whatever the order of its entries", () => {
    expect(writeZip([...ENTRIES].reverse())).toEqual(ZIP);
  });

  it("can be read by another program", () => {
    const read = unzipSync(ZIP);
    expect(Object.keys(read).sort()).toEqual(["a.bin", "b/text.txt", "c"]);
    expect(read["b/text.txt"]).toEqual(TEXT);
  });

  it("shares no memory with what is taken out of it", () => {
    // Not of the pool from which small buffers are cut.
    const archive = Buffer.alloc(ZIP.length);
    archive.set(ZIP);
    for (const content of contents(archive).values()) expect(content.buffer).not.toBe(archive.buffer);
  });

  it("deflates only what becomes smaller", () => {
    expect(ENTRIES.map(({ method }) => method)).toEqual([DEFLATED, STORED, STORED]);
  });

  it("brings any files back", () => {
    const name = fc.stringMatching(/^[a-z]{1,4}(\/[0-9a-f]{1,3}x)?$/);
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.uint8Array({ maxLength: 200, size: "max" }), { minKeys: 1 }),
        (files) => {
          const folders = new Set(Object.keys(files).flatMap((each) => each.split("/").slice(0, -1)));
          const entries = Object.entries(files).filter(([each]) => !folders.has(each));
          const read = contents(writeZip(entries.map(([each, content]) => packEntry(each, content))));
          expect([...read]).toEqual([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
        },
      ),
    );
  });

  it("has the checksum of the standard's example", () => {
    expect(crc32(utf8ToBytes("123456789"))).toBe(0xcbf43926);
  });
});

/** An archive of one entry whose name, of letters up to U+00FF, is written byte for byte. */
function asciiZip(entry: ZipEntry): Uint8Array {
  const header = localHeader({ ...entry, name: "x".repeat(entry.name.length) });
  for (let i = 0; i < entry.name.length; i += 1) header[30 + i] = entry.name.charCodeAt(i);
  return concatBytes(header, entry.packed);
}

describe.each(UNPACKERS)("hostile archive unpacked %s", (_how, contents) => {
  const codeOfZip = (bytes: Uint8Array, limits?: ZipLimits): string => codeOf(() => contents(bytes, limits));

  it.each([
    "../up",
    "a/../../up",
    "/root",
    "C:/drive",
    "a\\b",
    "..",
    ".",
    "a//b",
    "a/",
    "",
    ".hidden",
    "dot.",
    "nul\0byte",
    "spa ce",
    "\u00e9",
    "n".repeat(MAX_NAME_LENGTH + 1),
  ])("is refused for the name %j", (name) => {
    expect(codeOf(() => writeZip([named(name)]))).toBe("ZIP_NAME");
    // On the wire a name is bytes: what is not ASCII comes as the bytes of its UTF-8.
    const wire = named(String.fromCharCode(...utf8ToBytes(name)));
    expect(codeOfZip(asciiZip(wire))).toBe("ZIP_NAME");
  });

  const orders: readonly [string, string[], EvidenceErrorCode][] = [
    ["the same name twice", ["a", "a"], "ZIP_DUPLICATE"],
    ["the same name twice, apart", ["a", "b", "a"], "ZIP_DUPLICATE"],
    ["names that differ in case", ["A", "a"], "ZIP_COLLISION"],
    ["folders that differ in case", ["A/x", "a/y"], "ZIP_COLLISION"],
    ["a file that is a folder", ["a", "a/b"], "ZIP_COLLISION"],
    ["a folder that is a file", ["a/b", "a"], "ZIP_COLLISION"],
    ["names out of order", ["b", "a"], "ZIP_ORDER"],
  ];

  it.each(orders)("is refused for %s", (_, names, code) => {
    expect(codeOfZip(rawZip(names.map(named)))).toBe(code);
  });

  it("is refused with data before, after or between", () => {
    expect(codeOfZip(concatBytes(Uint8Array.of(0), ZIP))).toBe("ZIP_PREFIX");
    expect(codeOfZip(concatBytes(ZIP, ZIP))).toBe("ZIP_TRAILING");
    expect(codeOfZip(concatBytes(ZIP, Uint8Array.of(0)))).toBe("ZIP_TRAILING");
    const [first, ...rest] = ENTRIES.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const gap = concatBytes(
      ...(first === undefined ? [] : [localHeader(first), first.packed]),
      Uint8Array.of(0),
      ...rest.flatMap((entry) => [localHeader(entry), entry.packed]),
      directory(ENTRIES),
    );
    expect(codeOfZip(gap)).toBe("ZIP_FRAME");
  });

  it("is refused at every length but its own", () => {
    for (let length = 0; length < ZIP.length; length += 1) {
      expect(codeOfZip(ZIP.slice(0, length))).toMatch(/^ZIP_(PREFIX|TRUNCATED|FRAME)$/);
    }
  });

  it("is refused where another packer left dates, flags or comments", () => {
    expect(codeOfZip(zipSync({ a: TEXT, b: TEXT }, { mtime: new Date(2020, 1, 1) }))).toBe("ZIP_FRAME");
    expect(codeOfZip(zipSync({ a: TEXT }, { mtime: new Date(1980, 0, 1), comment: "hidden" }))).toBe(
      "ZIP_FRAME",
    );
    expect(codeOfZip(utf8ToBytes("not an archive at all"))).toBe("ZIP_PREFIX");
    expect(codeOfZip(new Uint8Array(0))).toBe("ZIP_PREFIX");
  });

  it("is refused where an entry, or the end, is cut off", () => {
    expect(codeOfZip(ZIP.slice(0, 20))).toBe("ZIP_TRUNCATED");
    expect(codeOfZip(ZIP.slice(0, 32))).toBe("ZIP_TRUNCATED");
    expect(codeOfZip(ZIP.slice(0, -1))).toBe("ZIP_TRUNCATED");
  });

  it("is refused with a method other than stored and deflated", () => {
    const bytes = ZIP.slice();
    bytes[8] = 12;
    expect(codeOfZip(bytes)).toBe("ZIP_METHOD");
  });

  const bytes = new Uint8Array(5000);
  const packed = deflateSync(bytes, { level: 9 });
  const honest: ZipEntry = { name: "zeros", method: DEFLATED, crc: crc32(bytes), size: bytes.length, packed };
  const lies: readonly [string, Partial<ZipEntry>, EvidenceErrorCode][] = [
    ["unpacks to more than it says", { size: 4999 }, "ZIP_BOMB"],
    ["unpacks to far more than it says", { size: 1 }, "ZIP_BOMB"],
    ["says more than deflate can hold", { size: 1033 * packed.length }, "ZIP_BOMB"],
    ["unpacks to less than it says", { size: 5001 }, "ZIP_INFLATE"],
    ["cannot be unpacked", { packed: new Uint8Array(packed.length).fill(255) }, "ZIP_INFLATE"],
    ["is cut off", { packed: packed.slice(0, -3) }, "ZIP_INFLATE"],
    ["is deflated nothing", { packed: new Uint8Array(0), size: 0, crc: 0 }, "ZIP_INFLATE"],
    ["has another checksum", { crc: 1 }, "ZIP_CHECKSUM"],
    ["is stored with two lengths", { method: STORED }, "ZIP_FRAME"],
  ];

  it.each(lies)("is refused where an entry %s", (_, lie, code) => {
    expect(codeOfZip(rawZip([honest]))).toBe("none");
    expect(codeOfZip(rawZip([{ ...honest, ...lie }]))).toBe(code);
  });

  it("is refused where an entry goes on long after its end", () => {
    const long = concatBytes(packed, new Uint8Array(200_000));
    expect(codeOfZip(rawZip([{ ...honest, packed: long }]))).toBe("ZIP_INFLATE");
  });

  it("stops a bomb early: 30 KB that unpack to 30 MB, said to be 1 KB", () => {
    const bomb = deflateSync(new Uint8Array(30 * 2 ** 20), { level: 9 });
    const entry: ZipEntry = { name: "bomb", method: DEFLATED, crc: 0, size: 1000, packed: bomb };
    expect(codeOfZip(rawZip([entry]))).toBe("ZIP_BOMB");
  });

  const limits: readonly [string, Partial<ZipLimits>, EvidenceErrorCode][] = [
    ["the archive", { archiveBytes: ZIP.length - 1 }, "ZIP_TOO_LARGE"],
    ["the number of entries", { entries: 2 }, "ZIP_TOO_MANY_ENTRIES"],
    ["one entry", { entryBytes: TEXT.length - 1 }, "ZIP_ENTRY_TOO_LARGE"],
    ["all contents", { contentBytes: TEXT.length + 2 }, "ZIP_CONTENT_TOO_LARGE"],
  ];

  it.each(limits)("is bounded by the limit on %s", (_, limit, code) => {
    expect(codeOfZip(ZIP, { ...ZIP_LIMITS, ...limit })).toBe(code);
    const exact: ZipLimits = {
      archiveBytes: ZIP.length,
      entries: 3,
      entryBytes: TEXT.length,
      contentBytes: TEXT.length + 3,
    };
    expect(codeOfZip(ZIP, exact)).toBe("none");
  });

  it("fails with a code of its own for any random bytes", () => {
    const signature = Uint8Array.of(0x50, 0x4b, 0x03, 0x04);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (tail) => {
        expect(codeOfZip(tail)).toMatch(/^ZIP_/);
        expect(codeOfZip(concatBytes(signature, tail))).toMatch(/^ZIP_/);
      }),
    );
  });

  it("is never written with unsafe or repeated names", () => {
    expect(codeOf(() => writeZip([named("../up")]))).toBe("ZIP_NAME");
    expect(codeOf(() => writeZip([named("a"), named("a")]))).toBe("ZIP_DUPLICATE");
    expect(codeOf(() => writeZip([named("a"), named("A")]))).toBe("ZIP_COLLISION");
  });
});
