import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openOip } from "./oip.js";
import type { Protocol } from "./protocol.js";
import { codeOf } from "./test-support/codes.js";

type Page = readonly [status: number, body: unknown];

const MODEL: Page = [
  200,
  {
    name: "m",
    inputs: [{ name: "x", datatype: "FP32", shape: [-1, 3] }],
    outputs: [
      { name: "class", datatype: "INT64", shape: [-1] },
      { name: "scores", datatype: "FP32", shape: [-1, 10] },
    ],
  },
];
const GOOD: Readonly<Record<string, Page>> = {
  "GET /v2/health/ready": [200, ""],
  "GET /v2": [200, { name: "server", extensions: [] }],
  "GET /v2/models/m": MODEL,
};

interface Opening {
  readonly url?: string;
  readonly model?: string | null;
  readonly output?: string | null;
}

/** Open a server that has these pages and no others; `asked` fills with what it was asked. */
async function open(
  pages: Readonly<Record<string, Page>>,
  { url = "http://m.test/", model = "m", output = null }: Opening = {},
  asked: string[] = [],
): Promise<Protocol> {
  return openOip(
    async (method, page) => {
      asked.push(`${method} ${page.pathname}${page.search}`);
      const [status, body] = pages[`${method} ${page.pathname}`] ?? [404, { error: "no such page" }];
      return {
        status,
        headers: {},
        body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
      };
    },
    { url: new URL(url), model, output, binary: null },
  );
}

const encoded = (protocol: Protocol): { url: string; text: string } => {
  const x = { type: "float32" as const, dims: [1, 3], data: Float32Array.of(1, 2, 3) };
  const { url, body } = protocol.encode({ x });
  return { url: url.href, text: new TextDecoder().decode(body) };
};

describe("opening by the Open Inference Protocol", () => {
  it.each([
    ["http://m.test/", "m", "http://m.test/v2/models/m/infer"],
    ["http://m.test/v2", "m", "http://m.test/v2/models/m/infer"],
    ["http://m.test/v2/models/m/infer", null, "http://m.test/v2/models/m/infer"],
    ["http://m.test/v2/models/m/versions/3", null, "http://m.test/v2/models/m/versions/3/infer"],
    ["http://m.test/v2/models/other/versions/3", "m", "http://m.test/v2/models/m/infer"],
    ["http://m.test/serving/v2/models/m", null, "http://m.test/serving/v2/models/m/infer"],
    ["http://m.test/?key=k", "m", "http://m.test/v2/models/m/infer?key=k"],
    ["http://m.test/v2", "a/../b", "http://m.test/v2/models/a%2F..%2Fb/infer"],
  ])("finds from %s where to ask", async (url, model, infer) => {
    const prefix = url.includes("/serving") ? "/serving" : "";
    const page = new URL(infer).pathname.replace("/infer", "");
    const pages = { ...GOOD, [`GET ${page}`]: MODEL, [`GET ${prefix}/v2`]: [404, ""] as const };
    expect(encoded(await open(pages, { url, model })).url).toBe(infer);
  });

  it("asks for the output that looks like scores, or for the one that is wanted", async () => {
    expect(JSON.parse(encoded(await open(GOOD)).text)).toMatchObject({ outputs: [{ name: "scores" }] });
    const wanted = await open(GOOD, { output: "class" });
    expect(JSON.parse(encoded(wanted).text)).toMatchObject({ outputs: [{ name: "class" }] });
    expect(await codeOf(() => open(GOOD, { output: "logits" }))).toBe("SUSPECT_OUTPUT_UNKNOWN");
  });

  it.each([
    ["that is not ready", { "GET /v2/health/ready": [503, ""] }, "SUSPECT_NOT_READY"],
    ["that wants credentials", { "GET /v2/health/ready": [401, ""] }, "SUSPECT_REFUSED"],
    ["whose model wants credentials", { "GET /v2/models/m": [403, ""] }, "SUSPECT_REFUSED"],
    ["that does not know the model", { "GET /v2/models/m": [404, ""] }, "SUSPECT_MODEL_UNKNOWN"],
    ["that fails", { "GET /v2/models/m": [500, ""] }, "SUSPECT_PROTOCOL"],
    ["that is a web site", { "GET /v2/models/m": [200, "<!doctype html>"] }, "SUSPECT_PROTOCOL"],
    ["whose model has no inputs", { "GET /v2/models/m": [200, { name: "m" }] }, "SUSPECT_PROTOCOL"],
    ["whose inputs are no list", { "GET /v2/models/m": [200, { inputs: {} }] }, "SUSPECT_PROTOCOL"],
    ["that has no ready page", { "GET /v2/health/ready": [404, ""] }, "none"],
    ["that says nothing of itself", { "GET /v2": [500, "oops"] }, "none"],
    ["that says nonsense of itself", { "GET /v2": [200, "{{{"] }, "none"],
  ] satisfies [string, Record<string, Page>, string][])("a server %s", async (_, pages, code) => {
    expect(await codeOf(() => open({ ...GOOD, ...pages }))).toBe(code);
  });

  it.each([
    ["one model", [{ name: "m" }], "none"],
    [
      "one ready model",
      [
        { name: "m", state: "READY" },
        { name: "n", state: "UNAVAILABLE" },
      ],
      "none",
    ],
    [
      "two versions of one",
      [
        { name: "m", version: "1" },
        { name: "m", version: "2" },
      ],
      "none",
    ],
    ["several models", [{ name: "m" }, { name: "n" }], "SUSPECT_MODEL_UNKNOWN"],
    ["no model", [], "SUSPECT_MODEL_UNKNOWN"],
    ["models without names", [{}, { name: 3 }, null, "m"], "SUSPECT_MODEL_UNKNOWN"],
    ["no list", { m: {} }, "SUSPECT_MODEL_UNKNOWN"],
    ["no JSON", "models: m", "SUSPECT_PROTOCOL"],
  ])("takes the only model of an index with %s", async (_, index, code) => {
    const posted = { ...GOOD, "POST /v2/repository/index": [200, index] as const };
    expect(await codeOf(() => open(posted, { model: null }))).toBe(code);
    const got = { ...GOOD, "GET /v2/repository/index": [200, index] as const };
    expect(await codeOf(() => open(got, { model: null }))).toBe(code);
  });

  it("asks for no more pages than it needs", async () => {
    const asked: string[] = [];
    await open(GOOD, { url: "http://m.test/?key=k" }, asked);
    expect(asked).toEqual(["GET /v2/health/ready?key=k", "GET /v2?key=k", "GET /v2/models/m?key=k"]);
  });

  it("refuses an address that is no text", async () => {
    expect(await codeOf(() => open(GOOD, { url: "http://m.test/v2/models/%ff" }))).toBe("SUSPECT_ADDRESS");
  });

  it("survives any metadata", async () => {
    const page = fc.tuple(fc.constantFrom(200, 404), fc.oneof(fc.jsonValue(), fc.string()));
    const tensors = fc.array(
      fc.oneof(
        fc.record(
          { name: fc.jsonValue(), datatype: fc.constantFrom("FP32", "INT8", "X"), shape: fc.jsonValue() },
          { requiredKeys: [] },
        ),
        fc.jsonValue(),
      ),
      { maxLength: 3 },
    );
    const described = fc.tuple(fc.constant(200), fc.record({ inputs: tensors, outputs: tensors }));
    await fc.assert(
      fc.asyncProperty(page, fc.oneof(page, described), page, async (server, model, index) => {
        const pages = {
          ...GOOD,
          "GET /v2": server,
          "GET /v2/models/m": model,
          "POST /v2/repository/index": index,
        };
        expect(await codeOf(async () => encoded(await open(pages, { model: "m" })))).not.toBe("other");
        expect(await codeOf(async () => encoded(await open(pages, { model: null })))).not.toBe("other");
      }),
      { numRuns: 300 },
    );
  });
});
