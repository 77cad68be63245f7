import { describe, expect, it } from "vitest";
import type { EvidenceErrorCode } from "./error.js";
import { codeOf } from "./test-support/codes.js";
import { unpackAhead } from "./unpack-file.js";
import { readZip, unpackEntry } from "./zip-read.js";
import { packEntry, writeZip } from "./zip-write.js";

const LARGE: Uint8Array = new Uint8Array(2 ** 20 + 7).map((_, i) => (i * i) % 251);
const SMALL = Uint8Array.of(1, 2, 3);
const [large, small] = [packEntry("large", LARGE), packEntry("small", SMALL)];

async function unpacked(archive: Uint8Array): Promise<Map<string, Uint8Array>> {
  const unpacker = await unpackAhead(archive);
  return new Map(readZip(archive).map((entry) => [entry.name, unpackEntry(entry, unpacker)]));
}

describe("unpacking ahead", () => {
  it("gives large and small files as they were, and any of them twice", async () => {
    const archive = writeZip([large, small]);
    expect(await unpacked(archive)).toEqual(
      new Map([
        ["large", LARGE],
        ["small", SMALL],
      ]),
    );
    const unpacker = await unpackAhead(archive);
    for (const _ of ["first", "second"]) expect(unpackEntry(large, unpacker)).toEqual(LARGE);
  });

  const damaged: readonly [string, Uint8Array, EvidenceErrorCode][] = [
    ["says a smaller size", writeZip([{ ...large, size: large.size - 1 }]), "ZIP_BOMB"],
    ["says a larger size", writeZip([{ ...large, size: large.size + 1 }]), "ZIP_INFLATE"],
    ["goes on", writeZip([{ ...large, packed: Buffer.concat([large.packed, SMALL]) }]), "ZIP_INFLATE"],
    ["is cut", writeZip([{ ...large, packed: large.packed.subarray(0, -9) }]), "ZIP_INFLATE"],
    ["has another checksum", writeZip([{ ...large, crc: 1 }]), "ZIP_CHECKSUM"],
  ];

  it.each(damaged)("leaves it to be said when a file is asked for that %s", async (_, archive, code) => {
    const unpacker = await unpackAhead(archive);
    const [entry = large] = readZip(archive);
    expect(codeOf(() => unpackEntry(entry, unpacker))).toBe(code);
  });

  it("passes over what is no archive", async () => {
    const unpacker = await unpackAhead(SMALL);
    expect(unpackEntry(large, unpacker)).toEqual(LARGE);
  });
});
