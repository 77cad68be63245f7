import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { loadData } from "@indicia/data/load-data";
import { openModel } from "@indicia/onnx/open";
import { calibrateModel } from "../monitor/calibrate-model.js";
import { type Outcome, UsageError } from "./outcome.js";
import { USAGES } from "./usages.js";

const OPTIONS = {
  model: { type: "string" },
  data: { type: "string" },
  sources: { type: "string" },
  out: { type: "string" },
  space: { type: "string", default: "features" },
  horizon: { type: "string" },
  level: { type: "string" },
  busiest: { type: "string" },
  json: { type: "boolean" },
} as const;

/**
 * `calibrate`: teach the monitor on benign rows what honest accounts look like.
 *
 * @param say told how far it is, and how long it will take
 * @throws UsageError; DefenceError ROWS_TOO_FEW, ROWS_SHAPE, OPTIONS_INVALID; DataError, OnnxError of what is read
 */
export async function calibrateCommand(
  args: readonly string[],
  say: (line: string) => void = () => undefined,
): Promise<Outcome> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const { model, data, sources, out, space, horizon, level, busiest } = values;
  if (model === undefined || data === undefined || out === undefined)
    throw new UsageError(`--model, --data or --out is missing. ${USAGES.calibrate}`);
  if (space !== "features" && space !== "inputs")
    throw new UsageError(`--space is features or inputs. ${USAGES.calibrate}`);
  const rows = await loadData(data, inputsOf(model));
  if (rows.random)
    throw new UsageError(`--data is benign traffic, which random rows are not. ${USAGES.calibrate}`);
  const named = sources === undefined ? null : sourcesOf(await readFile(sources, "utf8"));
  if (named !== null && named.length !== rows.rows)
    throw new UsageError(`--sources has ${named.length} lines for ${rows.rows} rows. ${USAGES.calibrate}`);
  const summary = await calibrateModel({
    model,
    rows: rows.tensors,
    out,
    space,
    say,
    ...(named === null ? {} : { sources: named }),
    ...(horizon === undefined ? {} : { horizon: numberOf(horizon) }),
    ...(level === undefined ? {} : { level: numberOf(level) }),
    ...(busiest === undefined ? {} : { busiest: numberOf(busiest) }),
  });
  const alarms = `an honest account is flagged with a chance of at most ${summary.falseAlarms} in ${summary.horizon} queries`;
  const volume =
    summary.busiest === null
      ? "how much an account asks counts for nothing: give --busiest ROWS, what the busiest honest account asks in an hour"
      : `more than ${summary.busiest} rows in an hour count against an account`;
  return {
    exitCode: 0,
    report: { ...summary, out },
    lines: [...rows.notes, `calibrated on ${summary.rows} rows, by ${summary.space}: ${alarms}`, volume],
  };
}

/** A number for the source that each line names. */
function sourcesOf(text: string): Int32Array {
  const known = new Map<string, number>();
  return Int32Array.from(text.replace(/\n$/, "").split("\n"), (line) => {
    const name = line.trim();
    const own = known.get(name) ?? known.size;
    known.set(name, own);
    return own;
  });
}

function inputsOf(model: string): Parameters<typeof loadData>[1] {
  const opened = openModel(model);
  const { inputs, initializers } = opened.graph;
  opened.close();
  // Old files declare their weights among the inputs.
  const stored = new Set(initializers.map(({ name }) => name));
  return inputs.filter(({ name }) => !stored.has(name));
}

function numberOf(text: string): number {
  const value = Number(text);
  if (/^[\d.e+-]+$/i.test(text) && Number.isFinite(value)) return value;
  throw new UsageError(`${JSON.stringify(text.slice(0, 100))} is no number. ${USAGES.calibrate}`);
}
