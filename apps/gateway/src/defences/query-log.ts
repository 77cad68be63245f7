import { fingerprint } from "@indicia/data/fingerprint";
import { writeNpz } from "@indicia/data/npz";
import type { QueryLogFile } from "@indicia/evidence/query-log-file";
import type { LoggableAnswer } from "@indicia/evidence/query-log";
import { rowOf, type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { queriesOf } from "../queries.js";
import type { Asked, Defence, Sent } from "./defence.js";

/** Rows of a request that are packed before it is known whether the log has them; more would hold up everybody else. */
const PACKED_AHEAD = 8;

/** An answer is on disk before it leaves: what was not recorded was never said. */
export function queryLogDefence(log: Pick<QueryLogFile, "answered" | "close">): Defence {
  const packed = new WeakMap<Asked["feeds"], readonly Uint8Array[]>();
  return {
    name: "query-log",
    meanwhile({ feeds, rows }) {
      if (rows > PACKED_AHEAD) return;
      packed.set(
        feeds,
        Array.from({ length: rows }, (_, row) => packedRow(feeds, row)),
      );
    },
    async record(asked, sent, all) {
      const { account, feeds, requestId, model } = asked;
      const answers = isTable(asked, sent, all) ? valuesOf(asked, sent) : hashesOf(asked, all);
      const { queries, changed } = all.answer ?? { queries: queriesOf(asked), changed: [] };
      await log.answered(
        queries.map((query, row) => ({
          customer: account?.customer ?? null,
          query,
          input: () => packed.get(feeds)?.[row] ?? packedRow(feeds, row),
          answer: answers[row] ?? { sha256: fingerprint(all.outputs) },
          changed: changed[row] ?? false,
          request: requestId,
          account: account?.id ?? null,
          model: model.name,
        })),
      );
    },
    close: () => log.close(),
  };
}

function packedRow(feeds: Asked["feeds"], row: number): Uint8Array {
  return writeNpz(rowOf(feeds, row), { compress: true });
}

/** Whether what is sent is one table of numbers: class scores, labels, or the only output of another model. */
function isTable({ rows }: Asked, sent: Tensor, { answer, outputs }: Sent): boolean {
  if (answer !== null) return true;
  return Object.keys(outputs).length === 1 && sent.type.startsWith("float") && sent.dims[0] === rows;
}

/** Numbers or labels as they are sent. */
function valuesOf({ rows }: Asked, sent: Tensor): LoggableAnswer[] {
  const values = toFloat64(sent);
  const each = values.length / rows;
  return Array.from({ length: rows }, (_, row) =>
    each === 1 && sent.type === "int64"
      ? { label: values[row] ?? 0 }
      : { values: Array.from(values.subarray(row * each, (row + 1) * each), finite) },
  );
}

/** Of other answers hashes are kept, row by row where all outputs have rows. */
function hashesOf({ rows }: Asked, { outputs }: Sent): LoggableAnswer[] {
  const whole = Object.values(outputs).some(({ dims }) => dims[0] !== rows);
  return Array.from({ length: rows }, (_, row) => ({
    sha256: fingerprint(whole ? outputs : rowOf(outputs, row)),
  }));
}

/** JSON has no infinite numbers; a class of probability zero has a log of minus infinity. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : -Number.MAX_VALUE;
}
