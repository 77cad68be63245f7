import { expect, test } from "vitest";
import { ApiError } from "./api-error.js";
import { createClient } from "./client.js";

interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
}

function client(
  answers: readonly (Response | Error)[],
  signInAgain: () => Promise<void> = async () => undefined,
) {
  const sent: Sent[] = [];
  const left = [...answers];
  const made = createClient({
    fetch: async (url, init) => {
      sent.push({
        url: url instanceof Request ? url.url : url.toString(),
        method: init?.method ?? "GET",
        headers: new Headers(init?.headers),
      });
      const answer = left.shift();
      if (answer instanceof Response) return answer;
      throw answer ?? new TypeError("failed to fetch");
    },
    csrf: () => "token",
    signInAgain,
  });
  return { made, sent };
}

const refusal = (status: number, code: string): Response =>
  Response.json({ code, detail: "it was refused", hint: "Do better.", status }, { status });

test("a change carries the token, and the state that it is a change of", async () => {
  const { made, sent } = client([
    Response.json({ id: 1 }, { headers: { etag: '"a"' } }),
    Response.json({ id: 1 }, { headers: { etag: '"b"' } }),
    new Response(null, { status: 204 }),
  ]);
  expect(await made.get("/users/1")).toEqual({ id: 1 });
  await made.patch("/users/1", { disabled: true });
  await made.remove("/users/1");
  expect(
    sent.map(({ method, headers }) => [method, headers.get("x-csrf-token"), headers.get("if-match")]),
  ).toEqual([
    ["GET", null, null],
    ["PATCH", "token", '"a"'],
    ["DELETE", "token", '"b"'],
  ]);
});

test("after a conflict the present state is meant", async () => {
  const { made, sent } = client([
    Response.json({}, { headers: { etag: '"a"' } }),
    refusal(412, "PRECONDITION_FAILED"),
    Response.json({}),
  ]);
  await made.get("/users/1");
  await expect(made.patch("/users/1", {})).rejects.toMatchObject({ code: "PRECONDITION_FAILED" });
  await made.patch("/users/1", {});
  expect(sent.at(-1)?.headers.get("if-match")).toBeNull();
});

test("what is made is made once, though the session ended meanwhile", async () => {
  let asked = 0;
  const { made, sent } = client(
    [refusal(401, "SIGN_IN_REQUIRED"), Response.json({ id: "x" }, { status: 201 })],
    async () => void (asked += 1),
  );
  expect(await made.post("/models", {})).toEqual({ id: "x" });
  expect(asked).toBe(1);
  const keys = sent.map(({ headers }) => headers.get("idempotency-key"));
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys[1]).toBe(keys[0]);
});

test("signing in that fails asks nobody to sign in", async () => {
  const { made } = client([refusal(401, "SIGN_IN_FAILED")], () => Promise.reject(new Error("asked")));
  await expect(made.post("/session", {})).rejects.toMatchObject({
    code: "SIGN_IN_FAILED",
    hint: "Do better.",
  });
});

test.each([
  ["no network", new TypeError("failed to fetch"), "OFFLINE"],
  ["a proxy's page", new Response("<h1>Bad gateway</h1>", { status: 502 }), "UNREADABLE"],
])("%s is told as an error of its own", async (_, answer, code) => {
  const { made } = client([answer]);
  const error = await made.get("/models").catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code });
});
