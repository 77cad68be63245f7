import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { columnsByName, readCsv } from "./csv.js";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function code(text: string | Uint8Array): unknown {
  try {
    readCsv(typeof text === "string" ? bytes(text) : text);
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return "read";
}

describe("readCsv", () => {
  it.each([
    ["commas", "1,2.5\n-3e2,.5\n"],
    ["semicolons and spaces", "1; 2.5\n -300 ;0.50"],
    ["tabs and CRLF", "1\t2.5\r\n-300\t0.5\r\n"],
    ["quotes, an empty line and a byte order mark", '\ufeff"1","2.5"\n\n"-300","0.5"\n'],
  ])("reads %s", (_, text) => {
    expect(readCsv(bytes(text))).toEqual({
      header: null,
      values: { type: "float64", dims: [2, 2], data: Float64Array.of(1, 2.5, -300, 0.5) },
    });
  });

  it("takes a first line with names as the header", () => {
    const table = readCsv(bytes("a,b\n1,2\n"));
    expect(table.header).toEqual(["a", "b"]);
    expect(table.values.dims).toEqual([1, 2]);
  });

  it("unpacks gzip", () => {
    expect(readCsv(gzipSync("1,2\n")).values.data).toEqual(Float64Array.of(1, 2));
  });

  it("says where a cell is not a number", () => {
    expect(() => readCsv(bytes("1,2\n3,x\n"))).toThrow(/row 2, column 2 is "x"/);
  });

  it.each([
    ["nothing", ""],
    ["rows of different lengths", "1,2\n3\n"],
    ["NaN", "1,2\nnan,3\n"],
    ["an overflow", "1,2\n1e999,3\n"],
    ["hexadecimal", "1\n0x10\n"],
    ["an empty cell", "1,2\n1,\n"],
    ["a quote left open", '1,2\n"3,4\n'],
    ["a damaged gzip", gzipSync("1,2\n".repeat(50)).subarray(0, -6)],
  ])("refuses %s", (_, text) => {
    expect(code(text)).toBe("CSV_INVALID");
  });
});

describe("columnsByName", () => {
  it("groups numbered columns under their input", () => {
    const table = readCsv(bytes("age,pixels[0],pixels[1]\n40,1,2\n50,3,4\n"));
    expect(columnsByName(table)).toEqual({
      age: { type: "float64", dims: [2, 1], data: Float64Array.of(40, 50) },
      pixels: { type: "float64", dims: [2, 2], data: Float64Array.of(1, 2, 3, 4) },
    });
  });
});
