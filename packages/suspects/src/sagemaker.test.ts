import type { Answer } from "@indicia/core/suspect";
import { describe, expect, it } from "vitest";
import { openEndpoint } from "./index.js";
import { memoryRecorder } from "./test-support/memory-recorder.js";
import { httpServer } from "./test-support/local-server.js";
import { answered, askedJson, doubles, floats, opened } from "./test-support/opened.js";
import { SAGEMAKER_RECORDED } from "./test-support/recorded/sagemaker.js";

const vector = (...values: number[]): Answer => ({ kind: "vector", values: Float64Array.from(values) });
const label = (of: number | string): Answer => ({ kind: "label", label: of });
const lost = { kind: "lost", reason: expect.any(String) as string };
const HOST = "https://runtime.sagemaker.eu-west-1.amazonaws.com";
const SECRETS: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "very-secret",
  OTHER_ID: "AKIDOTHER",
  OTHER_KEY: "other-secret",
};
const maker = {
  protocol: "sagemaker",
  at: HOST,
  model: "iris",
  secrets: (name: string) => SECRETS[name],
  now: () => new Date("2026-01-02T03:04:05Z"),
} as const;
const CSV = "text/csv; charset=utf-8";

describe("SageMaker", () => {
  it("is asked by its endpoint's name", async () => {
    const { protocol } = await opened(maker);
    const url = `${HOST}/endpoints/iris/invocations`;
    expect(protocol.encode({ x: floats([1, 1], [1]) }).url.href).toBe(url);
    const { protocol: same } = await opened({ ...maker, model: null, at: url });
    expect(same.encode({ x: floats([1, 1], [1]) }).url.href).toBe(url);
    await expect(opened({ ...maker, model: null })).rejects.toMatchObject({ code: "SUSPECT_MODEL_UNKNOWN" });
  });

  it("takes CSV as documented, and instances", async () => {
    const row = { x: doubles([1, 4], [1.5, 16, 14, 23]) };
    const { protocol: csv } = await opened({ ...maker, settings: { contentType: "text/csv" } });
    const { headers, body } = csv.encode(row);
    expect(headers).toEqual({ "content-type": "text/csv" });
    const numbers = new TextDecoder().decode(body).split(",").map(Number);
    expect(numbers).toEqual(SAGEMAKER_RECORDED.csv.split(",").map(Number));
    const { protocol } = await opened(maker);
    expect(askedJson(protocol, row)).toEqual({ instances: [[1.5, 16, 14, 23]] });
    const request = { inputs: { $rows: "x" }, parameters: { top_k: null } };
    const { protocol: own } = await opened({ ...maker, settings: { request } });
    expect(askedJson(own, row)).toEqual({ inputs: [[1.5, 16, 14, 23]], parameters: { top_k: null } });
  });

  it.each<[string, string, string, number, unknown[]]>([
    [
      "a multiclass linear learner",
      SAGEMAKER_RECORDED.multiclass,
      "application/json",
      1,
      [vector(0.1, 0.2, 0.4, 0.3)],
    ],
    ["a binary linear learner", SAGEMAKER_RECORDED.binary, "application/json", 1, [vector(0.4)]],
    [
      "lines of JSON",
      `${SAGEMAKER_RECORDED.lines}\n${SAGEMAKER_RECORDED.lines}\n`,
      "application/jsonlines",
      2,
      [vector(0.1, 0.2, 0.4, 0.3), vector(0.1, 0.2, 0.4, 0.3)],
    ],
    ["CSV of scores", "0.5,0.5\n0.25,0.75\n", CSV, 2, [vector(0.5, 0.5), vector(0.25, 0.75)]],
    ["CSV of a sigmoid in one line", "0.5,0.25", CSV, 2, [vector(0.5), vector(0.25)]],
    ["CSV of one row", "0.5,0.25", CSV, 1, [vector(0.5, 0.25)]],
    ["CSV of names", "setosa\nvirginica", CSV, 2, [label("setosa"), label("virginica")]],
    ["a bare list of vectors", "[[1.5,2],[3,4]]", "application/json", 2, [vector(1.5, 2), vector(3, 4)]],
    ["a bare vector", "[0.5,0.25,0.25]", "application/json", 1, [vector(0.5, 0.25, 0.25)]],
    ["too few lines", "0.5\n", CSV, 2, [lost, lost]],
    ["lines that are none", "1,nan,inf\n,,", CSV, 2, [lost, lost]],
    ["too many lines of JSON", "1\n2\n3", "application/jsonlines", 2, [lost, lost]],
  ])("reads %s", async (_, body, type, rows, expected) => {
    const { protocol } = await opened(maker);
    expect(protocol.decode(answered(body, { type }), rows)).toEqual(expected);
  });

  it("reads what a container of Hugging Face answers, and what pointers lead to", async () => {
    const scores = [{ label: "b", score: 0.75 }];
    const { protocol } = await opened({ ...maker, settings: { classes: ["a", "b"] } });
    expect(protocol.decode(answered(scores), 1)).toEqual([vector(Number.NaN, 0.75)]);
    const { protocol: pointed } = await opened({
      ...maker,
      settings: { answer: { rows: "/out", label: "/id" } },
    });
    expect(pointed.decode(answered({ out: [{ id: 3 }] }), 1)).toEqual([label(3)]);
  });

  it("signs with the named secrets for the region of its address", async () => {
    const { protocol, sign } = await opened({
      ...maker,
      settings: { credentials: { accessKeyId: "OTHER_ID", secretAccessKey: "OTHER_KEY" } },
    });
    const made = await sign?.(protocol.encode({ x: floats([1, 1], [1]) }));
    expect(made?.["authorization"]).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDOTHER\/20260102\/eu-west-1\/sagemaker\/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
    );
    await expect(opened({ ...maker, secrets: () => undefined })).rejects.toMatchObject({
      code: "SUSPECT_REFUSED",
    });
    await expect(opened({ ...maker, at: "https://m.test" })).rejects.toMatchObject({
      code: "SUSPECT_CONFIG",
    });
  });

  it("leaves no credentials in the record, and signs each attempt anew", async () => {
    const seen: string[] = [];
    const server = await httpServer((request, response) => {
      seen.push(request.headers.authorization ?? "");
      response.writeHead(seen.length === 1 ? 503 : 200).end('{"predictions": [{"score": [1, 2]}]}');
    });
    let seconds = 0;
    const recorder = memoryRecorder();
    const suspect = await openEndpoint({
      protocol: "sagemaker",
      url: server.url,
      model: "iris",
      config: null,
      settings: { region: "eu-west-1" },
      secrets: (name) => (name === "AWS_SESSION_TOKEN" ? "session-secret" : SECRETS[name]),
      now: () => new Date(Date.UTC(2026, 0, 2, 3, 4, seconds++)),
      headers: {},
      allowPrivate: true,
      rate: 1e6,
      budget: 10,
      retry: { firstDelayMs: 1, maxDelayMs: 2 },
    });
    expect(await suspect.query({ x: floats([1, 2], [1, 2]) }, [0], recorder)).toEqual([vector(1, 2)]);
    await suspect.close();
    expect(seen).toHaveLength(2);
    expect(seen[0]).not.toBe(seen[1]);
    const everything = JSON.stringify([recorder.exchanges.map(({ request }) => request), suspect.decoding]);
    for (const secret of ["secret", "AKID", "Signature="]) expect(everything).not.toContain(secret);
    expect(recorder.exchanges[0]?.request.headers).toMatchObject({
      authorization: "redacted",
      "x-amz-security-token": "redacted",
    });
  });
});
