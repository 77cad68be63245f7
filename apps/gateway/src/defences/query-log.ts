import { writeNpz } from "@indicia/data/npz";
import type { QueryLogFile } from "@indicia/evidence/query-log-file";
import { toFloat64 } from "@indicia/onnx/tensor";
import { rowOf } from "../row-of.js";
import type { Defence } from "./defence.js";

/** An answer is on disk before it leaves: what was not recorded was never said. */
export function queryLogDefence(log: Pick<QueryLogFile, "answered" | "close">): Defence {
  return {
    name: "query-log",
    async record({ account, feeds }, sent, { answer }) {
      if (answer === null) return;
      const { rows, queries, changed } = answer;
      const values = toFloat64(sent);
      const each = values.length / rows;
      await log.answered(
        queries.map((query, row) => ({
          customer: account?.customer ?? null,
          query,
          input: () => writeNpz(rowOf(feeds, row), { compress: true }),
          answer:
            each === 1 && sent.type === "int64"
              ? { label: values[row] ?? 0 }
              : { values: Array.from(values.subarray(row * each, (row + 1) * each), finite) },
          changed: changed[row] ?? false,
        })),
      );
    },
    close: () => log.close(),
  };
}

/** JSON has no infinite numbers; a class of probability zero has a log of minus infinity. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : -Number.MAX_VALUE;
}
