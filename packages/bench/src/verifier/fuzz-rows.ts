import { type ApiDocument, fuzzApi } from "@indicia/testkit/fuzz-api";
import type { BenchOptions } from "../bench.js";
import { type Row, row } from "../row.js";
import { startVerifier } from "./service.js";

const SEED = "1";
const FULL = { signedIn: 100, nobody: 20 };
const QUICK = { signedIn: 5, nobody: 1 };

/** Every operation of the API's own document, called with what fits and what is hostile. */
export async function fuzzRows(bench: string, { quick, say }: BenchOptions): Promise<Row[]> {
  const verifier = await startVerifier();
  try {
    const document = (await (await verifier.call("/openapi.json")).json()) as ApiDocument;
    const send = (signedIn: boolean, path: string, init: RequestInit): Promise<Response> => {
      const headers = new Headers(init.headers);
      if (signedIn) headers.set("authorization", `Bearer ${verifier.key}`);
      return fetch(`${verifier.address}${path}`, { ...init, headers });
    };
    say("fuzz: every operation of the API");
    const found = await fuzzApi({
      document,
      send,
      seed: SEED,
      rounds: quick ? QUICK : FULL,
      spare: verifier.own,
    });
    for (const each of [...found.faults, ...found.leaks]) say(`fuzz: ${each}`);
    const common = { bench, case: `${found.operations} operations fuzzed` };
    return [
      row({ ...common, metric: "requests", value: found.requests }),
      row({ ...common, metric: "requests that were done", value: found.accepted }),
      row({ ...common, metric: "answers of 500 and above", value: found.faults.length, goal: "== 0" }),
      row({ ...common, metric: "answers to nobody", value: found.leaks.length, goal: "== 0" }),
    ];
  } finally {
    await verifier.stop();
  }
}
