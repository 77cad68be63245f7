import { unzipSync, zipSync } from "fflate";
import { expect, it } from "vitest";
import { writeZip } from "./write-zip.js";

const FILES: ReadonlyMap<string, Uint8Array> = new Map([
  ["a.npy", Uint8Array.from({ length: 5000 }, (_, i) => i % 7)],
  ["größe.npy", new Uint8Array(0)],
  ["b.npy", Uint8Array.of(1, 2, 3)],
]);

it("stores files to the byte as another writer does", () => {
  const options = { mtime: new Date(1980, 0, 1), os: 3, level: 0 } as const;
  const theirs = zipSync(Object.fromEntries([...FILES].map(([name, bytes]) => [name, [bytes, options]])));
  expect(Buffer.from(writeZip(FILES, false)).equals(theirs)).toBe(true);
});

it("deflates files so that another reader finds them again, and smaller", () => {
  const packed = writeZip(FILES, true);
  expect(packed.length).toBeLessThan(writeZip(FILES, false).length / 4);
  const found = unzipSync(packed);
  expect(Object.keys(found)).toEqual([...FILES.keys()]);
  for (const [name, bytes] of FILES) expect(Buffer.from(found[name] ?? []).equals(bytes)).toBe(true);
});
