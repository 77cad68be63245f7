import { expect, test } from "vitest";
import { type ApiDocument, type FuzzFindings, fuzzApi } from "./fuzz-api.js";

const DOCUMENT: ApiDocument = {
  paths: {
    "/things": {
      post: {
        requestBody: {
          content: {
            "application/json": {
              schema: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
            },
          },
        },
      },
    },
    "/things/{id}": { get: { parameters: [{ name: "id", in: "path", schema: { type: "string" } }] } },
  },
};
const PROBLEM = { "content-type": "application/problem+json" };
const ID = "T1";

function problem(status: number): Response {
  return new Response("{}", { status, headers: PROBLEM });
}

/** A service with a fault of the kind that is asked for. */
function serve(fault: "none" | "crash" | "leak" | "plain"): Promise<FuzzFindings> {
  const send = async (signedIn: boolean, path: string, init: RequestInit): Promise<Response> => {
    if (!signedIn && fault !== "leak") return problem(401);
    if (init.method === "POST") {
      const isNul = typeof init.body === "string" && init.body.includes("\\u0000");
      if (isNul) return fault === "crash" ? problem(500) : problem(400);
      return Response.json({ id: ID }, { status: 201 });
    }
    if (path === `/things/${ID}`) return Response.json({ id: ID });
    return fault === "plain" ? new Response("Not Found", { status: 404 }) : problem(404);
  };
  const rounds = { signedIn: 300, nobody: 10 };
  return fuzzApi({ document: DOCUMENT, send, seed: "1", rounds, spare: [] });
}

test("a sound service is found to be one, and what it made is asked for again", async () => {
  const found = await serve("none");
  expect(found).toMatchObject({ operations: 2, requests: 620, faults: [], leaks: [] });
  expect(found.accepted).toBeGreaterThan(400);
});

test.each(["crash", "plain"] as const)("a fault is found: %s", async (fault) => {
  expect((await serve(fault)).faults.length).toBeGreaterThan(0);
});

test("a leak is found", async () => {
  expect((await serve("leak")).leaks.length).toBeGreaterThan(0);
});
