import { readFileSync } from "node:fs";
import { fingerprint } from "@indicia/data/fingerprint";
import { readNpz, writeNpz } from "@indicia/data/npz";
import { openQueryLog } from "@indicia/evidence/query-log-file";
import type { LogSealing } from "@indicia/evidence/query-seal-file";
import { rowOf } from "@indicia/onnx/tensor";
import type { Owner } from "./owner.js";

/** Commitment of an owner's registration, hex. */
export function commitmentOf(owner: Owner): string {
  const [first = ""] = readFileSync(owner.at("registration/chain.jsonl"), "utf8").split("\n");
  return (JSON.parse(first) as { body: { commitment: string } }).body.commitment;
}

/** A gateway's log in which carol asked some rows of the calibration data. */
export async function loggedRows(
  owner: Owner,
  name: string,
  rows: readonly number[],
  sealing: LogSealing | null = null,
): Promise<void> {
  const registration = commitmentOf(owner);
  const tensors = readNpz(new Uint8Array(readFileSync(owner.at("calibration.npz"))));
  const log = await openQueryLog(owner.at(name), { registration, clock: () => new Date(), sealing });
  await log.answered(
    rows.map((row) => {
      const inputs = rowOf(tensors, row);
      return {
        customer: "carol",
        query: fingerprint(inputs),
        input: () => writeNpz(inputs),
        answer: { values: [1] },
        changed: false,
      };
    }),
  );
  await log.close();
}
