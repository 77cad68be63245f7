import { describe, expect, it } from "vitest";
import { recordedEncoder } from "./encoding.js";
import { jsonProtocol } from "./json.js";
import { jsonConfig } from "./json-config.js";
import { oipProtocol } from "./oip.js";
import type { Protocol } from "./protocol.js";
import { codeOf } from "./test-support/codes.js";
import { knownInputs } from "./test-support/known-function.js";

/** As a record keeps it: plain, and with names in another order. */
function noted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(noted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, noted(member)]));
}

/** Bodies of a request for some rows, live and from the record. */
function bodies(protocol: Protocol, rows: number): readonly [live: string, again: string] {
  const again = recordedEncoder(noted(protocol.decoding))?.(knownInputs(rows)) ?? new Uint8Array(0);
  const text = (body: Uint8Array): string => Buffer.from(body).toString("latin1");
  return [text(protocol.encode(knownInputs(rows)).body), text(again)];
}

describe("requests from what a record says of itself", () => {
  it("have the names of a template in its own order, and what else it holds", () => {
    const request = { z: { $rows: "x" }, model: "m", a: [1.5, null, true, { k: "\u00e4", b: {} }] };
    const config = jsonConfig({ request, answer: { vector: "" } });
    const [live, again] = bodies(jsonProtocol(new URL("http://m.test"), config), 1);
    expect(again).toBe(live);
  });

  it.each([-1, 4])("have a server's own types and names, and rows that it fixes, %i", (rows) => {
    for (const binary of [false, true])
      for (const datatype of ["FP16", "INT64", "FP64"]) {
        const description = {
          inputs: [{ name: "other", datatype, shape: [rows, 3] }],
          outputs: [{ name: "scores", datatype: "FP32", shape: [rows, 4] }],
        };
        const infer = new URL("http://m.test/v2/models/m/infer");
        const server = { infer, model: "m", server: null, description };
        const [live, again] = bodies(oipProtocol(server, { output: null, binary }), 3);
        expect(again).toBe(live);
      }
  });

  it("are unknown to records of before, and refused where a record is none", async () => {
    expect(recordedEncoder({ protocol: "oip", output: null, fixedRows: null })).toBeNull();
    expect(await codeOf(() => recordedEncoder({ protocol: "ftp", encoding: {} }))).toBe("SUSPECT_PROTOCOL");
    expect(await codeOf(() => recordedEncoder({ protocol: "json", encoding: { request: "{" } }))).toBe(
      "SUSPECT_PROTOCOL",
    );
  });
});
