import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Architecture, architectureNamed } from "@indicia/autodiff/architectures/initial-model";
import { distil } from "@indicia/autodiff/distil";
import { BenchError } from "../error.js";
import { askGateway } from "../gateway/ask-gateway.js";
import { acceptTerms } from "./accept-terms.js";
import { type Collected, readCollected, readOnlyInput, writeCollected } from "./collected.js";
import { fitReadout } from "./fit-readout.js";

/** How `thief` is called. */
export const THIEF_USAGE: string =
  "example thief (--address URL --model NAME --inputs ROWS.npz [--key-env NAME] [--accept] [--keep FILE.npz] | --answers FILE.npz ...) " +
  "(--body FILE.onnx | --architecture NAME [--epochs N] [--seed TEXT]) --out FILE.onnx";

const BATCH = 128;
/** Least time between two lines about how far it is. */
const SAY_MS = 5000;

const text = { type: "string" } as const;
const OPTIONS = {
  address: text,
  model: text,
  inputs: text,
  "key-env": text,
  accept: { type: "boolean", default: false },
  keep: text,
  answers: { type: "string", multiple: true, default: [] as string[] },
  body: text,
  architecture: text,
  epochs: { ...text, default: "25" },
  seed: { ...text, default: "thief" },
  out: text,
} as const;

type Say = (line: string) => void;

/**
 * `thief`: ask a gateway as one of its customers, and make a model of the answers: the last layer of a body that one
 * has, or a network from nothing. `--answers` takes what others kept, of several accounts for a pool of them.
 *
 * @throws BenchError BENCH_USAGE, COMMAND_FAILED, DATA_INVALID, MODEL_UNSUITABLE; AutodiffError
 */
export async function thiefCommand(
  args: readonly string[],
  say: Say,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const { out, body, architecture, epochs, seed, answers } = values;
  if (out === undefined) throw usage("--out is missing");
  if ((body === undefined) === (architecture === undefined))
    throw usage("give --body or --architecture, one of them");
  const shape = architecture === undefined ? null : architectureNamed(architecture);
  if (!/^[1-9]\d{0,3}$/.test(epochs)) throw usage("--epochs takes a number from 1 to 9999");
  const collected =
    answers.length > 0
      ? await Promise.all(answers.map(readCollected))
      : [await asked(values, tokenOf(values["key-env"], environment), say)];
  if (body !== undefined) {
    say(`fitting the last layer of ${body} to the answers`);
    await fitReadout(body, collected, out);
  } else if (shape !== null) {
    await writeFile(
      out,
      await student(collected, { architecture: shape, epochs: Number(epochs), seed }, say),
    );
  }
  say(`${out} is the thief's model.`);
}

/** Ask for every row. */
async function asked(
  values: {
    readonly address?: string | undefined;
    readonly model?: string | undefined;
    readonly inputs?: string | undefined;
    readonly accept: boolean;
    readonly keep?: string | undefined;
  },
  token: string | null,
  say: Say,
): Promise<Collected> {
  const { address, model, inputs: file, accept, keep } = values;
  if (address === undefined || model === undefined || file === undefined)
    throw usage("give --address, --model and --inputs, or --answers");
  if (accept) say(`the terms of version ${await acceptTerms(address, token)} are accepted`);
  const { name, rows } = await readOnlyInput(file);
  const onProgress = now(say, (done, total) => `asked ${done} of ${total} rows`);
  const answers = await askGateway({ address, model, token, rows, atOnce: 1, onProgress });
  say(`${answers.rows} rows were answered`);
  const collected = { inputs: { [name]: rows }, answers };
  if (keep !== undefined) await writeCollected(collected, keep);
  return collected;
}

/** A network that learns from what one account was answered. */
async function student(
  [collected, ...more]: readonly Collected[],
  given: { readonly architecture: Architecture; readonly epochs: number; readonly seed: string },
  say: Say,
): Promise<Uint8Array> {
  const [input = ""] = Object.keys(collected?.inputs ?? {});
  if (collected === undefined || more.length > 0) throw usage("a network from nothing takes one --answers");
  const { architecture, epochs, seed } = given;
  const progress = now(say, (step, steps) => `training: step ${step} of ${steps}`);
  const { model, agreement } = await distil({
    ...collected,
    student: { architecture, input },
    epochs,
    batch: BATCH,
    seed,
    onProgress: ({ step, steps }) => progress(step, steps),
  });
  say(`it gives the same label as the answers to ${(100 * agreement).toFixed(1)} % of the rows`);
  return model;
}

function tokenOf(
  name: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string | null {
  if (name === undefined) return null;
  const token = environment[name];
  if (token === undefined || token === "") throw usage(`the environment has no ${name}`);
  return token;
}

/** Says now and then how far something is. */
function now(say: Say, line: (done: number, total: number) => string): (done: number, total: number) => void {
  let next = Date.now() + SAY_MS;
  return (done, total) => {
    if (Date.now() < next) return;
    next = Date.now() + SAY_MS;
    say(line(done, total));
  };
}

function usage(complaint: string): BenchError {
  return new BenchError("BENCH_USAGE", complaint, `Usage: ${THIEF_USAGE}`);
}
