import { sha256Hex } from "@indicia/evidence/canonical";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { closeSync, openSync, readSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

const ROWS = 12;
const CLASSES = 8;

/** What a suspect of our own saw, whatever the examiner's record says of it. */
export interface WatchingEndpoint {
  readonly address: string;
  /** SHA-256 of the body of every inference request, in the order of arrival. */
  readonly asked: readonly string[];
  /** SHA-256 of the body of every answer, by that of its request. */
  readonly answered: ReadonlyMap<string, string>;
  /** Requests that arrived before the record had their intent. */
  readonly unrecorded: readonly string[];
  close(): void;
}

/**
 * An endpoint of the Open Inference Protocol, one row to a request, that looks into the examiner's record whenever it
 * is asked: the intent of the request must be there already.
 *
 * @param transcript the file that is written meanwhile
 */
export async function startWatchingEndpoint(transcript: string): Promise<WatchingEndpoint> {
  const asked: string[] = [];
  const unrecorded: string[] = [];
  const answered = new Map<string, string>();
  const record = growingText(transcript);
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const url = request.url ?? "";
      if (!url.endsWith("/infer")) {
        response.setHeader("content-type", "application/json");
        return response.end(
          JSON.stringify(url.endsWith("/m") ? METADATA : { ready: true, name: "s", version: "1" }),
        );
      }
      const hash = sha256Hex(body, nativeSha256);
      asked.push(hash);
      if (!record().includes(`"sha256":"${hash}"`)) unrecorded.push(hash);
      const answer = JSON.stringify(answerTo(body));
      answered.set(hash, sha256Hex(Buffer.from(answer), nativeSha256));
      response.setHeader("content-type", "application/json");
      return response.end(answer);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/models/m`,
    asked,
    answered,
    unrecorded,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const METADATA = {
  name: "m",
  versions: ["1"],
  platform: "bench",
  inputs: [{ name: "x", datatype: "FP32", shape: [1, ROWS] }],
  outputs: [{ name: "scores", datatype: "FP32", shape: [1, CLASSES] }],
} as const;

/** Probabilities that depend on the row and on nothing else. */
function answerTo(body: Buffer): object {
  const { inputs } = JSON.parse(body.toString("utf8")) as { inputs: { data: unknown[] }[] };
  const row = (inputs[0]?.data ?? []).flat(9).map(Number);
  const logits = Array.from({ length: CLASSES }, (_, j) =>
    row.reduce((sum, value, i) => sum + value * Math.cos(1 + i * CLASSES + j), 0),
  );
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  const data = logits.map((logit) => Math.fround(Math.exp(logit) / total));
  return { model_name: "m", outputs: [{ name: "scores", datatype: "FP32", shape: [1, CLASSES], data }] };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The last part of a file that grows; far more than requests under way can have written. */
function growingText(file: string): () => string {
  let at = 0;
  let text = "";
  return () => {
    const handle = openSync(file, "r");
    const piece = Buffer.alloc(1 << 20);
    for (let read = readSync(handle, piece, 0, piece.length, at); read > 0; ) {
      text = (text + piece.toString("latin1", 0, read)).slice(-KEPT);
      at += read;
      read = readSync(handle, piece, 0, piece.length, at);
    }
    closeSync(handle);
    return text;
  };
}

const KEPT = 1_000_000;
