import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { toBase64 } from "../base64.js";
import { sha256Hex } from "../canonical.js";
import { leafHash, merkleRoot } from "../merkle.js";
import type { LooseLine } from "./sample-chain.js";

/** A transcript of one answered and one lost exchange. */
export function sampleTranscript(commitment: string): readonly LooseLine[] {
  const request = utf8ToBytes('{"inputs":[1,2,3]}');
  const answer = utf8ToBytes('{"outputs":[0.25,0.75]}');
  const intent = {
    method: "POST",
    url: "http://suspect.example/v2/models/m/infer",
    headers: { "content-type": "application/json", authorization: "redacted" },
    body: toBase64(request),
    sha256: sha256Hex(request),
    probes: [0],
  };
  return [
    {
      type: "begin",
      body: {
        version: 1,
        kind: "indicia transcript",
        registration: commitment,
        target: "http://suspect.example",
      },
    },
    { type: "intent", body: intent },
    {
      type: "answer",
      body: {
        intent: 1,
        status: 200,
        headers: { "content-type": "application/json" },
        body: toBase64(answer),
        sha256: sha256Hex(answer),
        address: "192.0.2.7",
        certificate: null,
      },
    },
    { type: "note", body: { kind: "access", body: { access: "probabilities" } } },
    { type: "intent", body: { ...intent, probes: [1] } },
    { type: "lost", body: { intent: 4, reason: "timed out" } },
  ];
}

/** Number of lines and Merkle root of the lines of a transcript. */
export function transcriptSeal(transcript: Uint8Array): { entries: number; root: string } {
  const lines = new TextDecoder().decode(transcript).split("\n").slice(0, -1);
  return {
    entries: lines.length,
    root: bytesToHex(merkleRoot(lines.map((line) => leafHash(utf8ToBytes(line))))),
  };
}
