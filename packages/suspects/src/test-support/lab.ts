import type { IncomingHttpHeaders } from "node:http";
import type { Answer, BlackBoxSuspect } from "@indicia/core/suspect";
import { onTestFinished } from "vitest";
import { type EndpointOptions, openEndpoint } from "../index.js";
import { grpcServer, type Reply, type ServedRequest } from "./grpc-server.js";
import { knownFunction } from "./known-function.js";
import { httpServer } from "./local-server.js";
import { OIP_MODEL, type OipModel, oipAnswer, oipMetadata, oipRows } from "./oip-server.js";
import { temporaryFile } from "./temporary-file.js";

/** The server's side of a protocol. */
export interface Spoken {
  readonly name: string;
  readonly options: Pick<EndpointOptions, "protocol" | "model" | "config" | "settings" | "binary">;
  readonly maxRows: number;
  /** Whether the server speaks gRPC, and so HTTP/2. */
  readonly grpc?: true;
  /** Whether an answer of fewer classes is one of the same form, with the others kept back. */
  readonly keepsBack?: boolean;
  /** What the known inputs' rows are answered with; by default the vectors of `knownAnswers`. */
  readonly answers?: (rows: number, from?: number) => Answer[];
  /** Body of a page that is read while opening, JSON or bytes; null where there is none. */
  page(path: string): unknown;
  /** What a page says that gives the answer to a request taken before; undefined for other pages. */
  given?(path: string): [Readonly<Record<string, string>>, Buffer] | undefined;
  rows(body: Buffer, headers: IncomingHttpHeaders): number[][];
  answer(
    rows: readonly number[][],
    compute: (row: readonly number[]) => number[],
  ): [Readonly<Record<string, string>>, Buffer];
}

/** A request for rows, as the server saw it. */
export interface Asked {
  readonly rows: readonly number[][];
  readonly headers: IncomingHttpHeaders;
  readonly at: number;
}

/** What a server does with its n-th request for rows instead of answering it well. */
export interface Meddling {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly compute?: (row: readonly number[]) => number[];
  /** In place of the body. */
  readonly body?: string | Uint8Array;
}

export interface LabOptions {
  /** Called for every request, metadata too, before anything else. */
  readonly arrives?: () => void;
  readonly meddle?: (n: number) => Meddling | Promise<Meddling>;
}

export interface Lab {
  readonly url: URL;
  readonly asked: readonly Asked[];
  /** Most requests for rows under way at once. */
  readonly most: number;
  open(options?: Partial<EndpointOptions>): Promise<BlackBoxSuspect>;
}

/** A server that speaks a protocol, and suspects that ask it. */
export async function openLab(spoken: Spoken, { arrives, meddle }: LabOptions = {}): Promise<Lab> {
  const asked: Asked[] = [];
  let most = 0;
  let under = 0;
  const reply = async ({ method, path, headers: sent, body }: ServedRequest): Promise<Reply> => {
    const given = spoken.given?.(path);
    if (given !== undefined) return { status: 200, headers: given[0], body: given[1] };
    arrives?.();
    const page = method === "GET" || spoken.grpc === true ? spoken.page(path) : undefined;
    if (page !== undefined) {
      const bytes = Buffer.isBuffer(page) ? page : Buffer.from(JSON.stringify(page));
      return { status: page === null ? 404 : 200, headers: {}, body: bytes };
    }
    most = Math.max(most, ++under);
    const rows = spoken.rows(body, sent);
    const n = asked.push({ rows, headers: sent, at: performance.now() }) - 1;
    const { status = 200, headers = {}, compute = knownFunction, body: other } = (await meddle?.(n)) ?? {};
    const [own, bytes] = spoken.answer(rows, compute);
    under--;
    const said = other === undefined ? (status === 200 ? bytes : Buffer.from("{}")) : Buffer.from(other);
    return { status, headers: { ...own, ...headers }, body: said };
  };
  const { url } = await (spoken.grpc === true
    ? grpcServer(reply)
    : httpServer(async (request, response, body) => {
        const { method = "", url: path = "", headers } = request;
        const answer = await reply({ method, path, headers, body });
        response.writeHead(answer.status, answer.headers).end(answer.body);
      }));
  return {
    url,
    asked,
    get most() {
      return most;
    },
    open: async (options = {}) => {
      const suspect = await openEndpoint({
        url,
        ...spoken.options,
        headers: {},
        allowPrivate: true,
        rate: 1e6,
        budget: 1e6,
        retry: { firstDelayMs: 1, maxDelayMs: 2 },
        ...options,
      });
      onTestFinished(() => suspect.close());
      return suspect;
    },
  };
}

export function spokenOip(changes: Partial<OipModel> = {}): Spoken {
  const model = { ...OIP_MODEL, ...changes };
  return {
    name: `oip, ${model.input} to ${model.output}${model.binary ? " as bytes" : ""}, rows ${model.rows}`,
    options: { protocol: "oip", model: "m", config: null },
    maxRows: model.rows === -1 ? 16 : model.rows,
    page: (page) => oipMetadata(page, model),
    rows: (body, headers) => oipRows(body, headers, model),
    answer: (rows, compute) => oipAnswer(rows, model, compute),
  };
}

const CLASSES = ["a", "b", "c", "d"] as const;

/** @param kind whether requests carry several rows and come back as vectors, or one and come back by class name */
export function spokenJson(kind: "vector" | "scores"): Spoken {
  const config =
    kind === "vector"
      ? {
          path: "predict",
          headers: { "X-Api-Key": "config-secret" },
          request: { instances: { $each: { row: { $row: "x" } } } },
          maxRows: 4,
          answer: { rows: "/predictions", vector: "/values" },
        }
      : { request: { features: { $row: "x" } }, answer: { scores: "/scores", classes: CLASSES } };
  return {
    name: `json, ${kind}`,
    get options() {
      const file = temporaryFile("config.json", JSON.stringify(config));
      return { protocol: "json", model: null, config: file } as const;
    },
    maxRows: kind === "vector" ? 4 : 1,
    keepsBack: kind === "scores",
    page: () => null,
    rows: (body) => {
      const { instances, features } = JSON.parse(body.toString()) as {
        instances?: { row: number[] }[];
        features?: number[];
      };
      return features === undefined ? (instances ?? []).map(({ row }) => row) : [features];
    },
    answer: (rows, compute) => {
      const vectors = rows.map(compute);
      const scores = Object.fromEntries((vectors[0] ?? []).map((value, c) => [CLASSES[c], value]));
      const body = kind === "vector" ? { predictions: vectors.map((values) => ({ values })) } : { scores };
      return [{ "content-type": "application/json" }, Buffer.from(JSON.stringify(body))];
    },
  };
}
