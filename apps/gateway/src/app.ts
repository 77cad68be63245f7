import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import type { Session } from "@indicia/runtime/session";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { BadRequest } from "./bad-request.js";
import { readBatchRequest } from "./batch-request.js";
import { datatypeOf } from "./datatypes.js";
import { decodeRequest } from "./decode-request.js";
import { encodeResponse } from "./encode-response.js";
import type { MarkedRequest, Marking } from "./marking.js";
import { applyPolicy, declaredUnder, type OutputPolicy } from "./output-policy.js";
import type { TermsDesk } from "./terms-desk.js";
import { addTermsRoutes } from "./terms-routes.js";

/** Largest request: thousands of rows of tokens as JSON. */
const MAX_BODY_BYTES: number = 64 * 2 ** 20;
/** Rows per run of the model. One size always, so that an answer does not depend on who else asked. */
const BATCH = 8;
const JSON_LENGTH = "inference-header-content-length";
const VERSION = "1";
/** Header that says which customer asks. The proxy that authenticates clients sets it, and takes it from them. */
const CUSTOMER = "x-indicia-customer";

export interface AppOptions {
  readonly session: Session;
  readonly name: string;
  readonly policy: OutputPolicy;
  /** Marks what is answered; null for the model's own answers. */
  readonly marking?: Marking | null;
  /** Terms that customers accept; null where there are none. */
  readonly terms?: TermsDesk | null;
}

/** The Open Inference Protocol v2 over REST for one model. */
export function createApp({ session, name, policy, marking = null, terms = null }: AppOptions): Hono {
  // What is not marked is not served beside what is: it would give the mark away.
  const served = marking === null ? session.outputs : [marking.output];
  const app = new Hono();
  app.onError((error, c) => {
    if (error instanceof BadRequest) return c.json({ error: error.message, ...error.details }, error.status);
    const code = "code" in error ? String(error.code) : "";
    // What the runtime says of an input is the client's business; anything else stays inside.
    if (code.startsWith("INPUT_")) return c.json({ error: error.message }, 400);
    return c.json({ error: "the model could not answer" }, 500);
  });
  app.notFound((c) => c.json({ error: "there is nothing here" }, 404));
  app.get("/v2", (c) =>
    c.json({ name: "indicia-gateway", version: "0.1.0", extensions: ["binary_tensor_data"] }),
  );
  app.get("/v2/health/live", (c) => c.json({ live: true }));
  app.get("/v2/health/ready", (c) => c.json({ ready: true }));
  const requireModel = (asked: string | undefined): void => {
    if (asked !== name) throw new BadRequest(`there is no model "${asked?.slice(0, 100)}"`, 404);
  };
  const customerOf = (c: Context): string | null => marking?.customer(c.req.header(CUSTOMER)) ?? null;
  if (terms !== null) addTermsRoutes(app, terms, customerOf);
  app.post("/v2/repository/index", (c) => c.json([{ name, version: VERSION, state: "READY" }]));
  for (const base of ["/v2/models/:name", `/v2/models/:name/versions/${VERSION}`]) {
    app.get(base, (c) => {
      requireModel(c.req.param("name"));
      return c.json({
        name,
        versions: [VERSION],
        platform: "onnxruntime_onnx",
        inputs: session.inputs.map(described),
        outputs: served.map((output) => described(declaredUnder(policy, output))),
      });
    });
    app.get(`${base}/ready`, (c) => {
      requireModel(c.req.param("name"));
      return c.json({ name, ready: true });
    });
    app.post(
      `${base}/infer`,
      bodyLimit({
        maxSize: MAX_BODY_BYTES,
        onError: (c) => c.json({ error: "the request is too large" }, 413),
      }),
      async (c) => {
        requireModel(c.req.param("name"));
        const customer = customerOf(c);
        terms?.require(customer);
        const body = new Uint8Array(await c.req.arrayBuffer());
        const header = c.req.header(JSON_LENGTH);
        const request = decodeRequest(
          body,
          header === undefined ? body.length : Number(header),
          session.inputs,
        );
        const known = served.map((output) => output.name);
        const wanted = request.outputs ?? known;
        const unknown = wanted.find((output) => !known.includes(output));
        if (unknown !== undefined) throw new BadRequest(`there is no output "${unknown}"`);
        const outputs =
          marking === null
            ? await plainAnswer(session, policy, request.feeds, wanted)
            : await markedAnswer(marking, policy, { feeds: request.feeds, rows: request.rows, customer });
        const response = encodeResponse({ model: name, id: request.id, outputs, binary: request.binary });
        const headers: Record<string, string> =
          response.jsonLength === null
            ? { "content-type": "application/json" }
            : { "content-type": "application/octet-stream", [JSON_LENGTH]: String(response.jsonLength) };
        return c.body(new Uint8Array(response.body), 200, headers);
      },
    );
  }
  app.post(
    "/v2/indicia/batches",
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) => c.json({ error: "the request is too large" }, 413),
    }),
    async (c) => {
      if (marking === null) throw new BadRequest("there is nothing here", 404);
      const customer = customerOf(c);
      terms?.require(customer);
      const { queries, signature } = readBatchRequest(await c.req.json().catch(() => null));
      await marking.batch(customer, queries, signature);
      return c.json({ queries: queries.length });
    },
  );
  return app;
}

async function plainAnswer(
  session: Session,
  policy: OutputPolicy,
  feeds: Readonly<Record<string, Tensor>>,
  outputs: readonly string[],
): Promise<Record<string, Tensor>> {
  const raw = await session.runRows(feeds, { batch: BATCH, outputs });
  return Object.fromEntries(Object.entries(raw).map(([key, tensor]) => [key, applyPolicy(policy, tensor)]));
}

/** An answer is on disk before it leaves: what was not recorded was never said. */
async function markedAnswer(
  marking: Marking,
  policy: OutputPolicy,
  request: MarkedRequest,
): Promise<Record<string, Tensor>> {
  const { tensor, record } = await marking.answer(request);
  const sent = applyPolicy(policy, tensor);
  await record(sent);
  return { [marking.output.name]: sent };
}

function described({ name, type, dims }: ValueInfo): { name: string; datatype: string; shape: number[] } {
  return {
    name,
    datatype: datatypeOf(type)?.name ?? "BYTES",
    shape: (dims ?? []).map((dim) => (typeof dim === "number" ? dim : -1)),
  };
}
