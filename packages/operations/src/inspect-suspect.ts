import { learnAccess } from "@indicia/core/answer-kind";
import { readRegisteredRows, readRegistration } from "@indicia/core/registration-folder";
import type { BlackBoxSuspect } from "@indicia/core/suspect";
import { drawRandom } from "@indicia/data/random";
import { sliceRows, type Tensor, type ValueInfo } from "@indicia/onnx/tensor";
import { SuspectError } from "@indicia/suspects/error";
import { FORGETFUL } from "@indicia/suspects/exchange";
import { createGuardedFetch } from "@indicia/suspects/guarded-fetch";
import { type EndpointOptions, openOnnxBlackBox, openProtocol } from "@indicia/suspects/index";
import {
  answersSeen,
  type Inspection as Seen,
  type ReadTwice,
  repeatsSeen,
} from "@indicia/suspects/inspection";
import { inspectEndpoint, inTurn } from "@indicia/suspects/probe-endpoint";
import { npzRows } from "./load.js";
import { endpointOptions } from "./endpoint-options.js";
import type { EndpointSuspect, Suspect } from "./options.js";

/** Rows that are asked, each twice. */
const ROWS = 8;
/** Of one request. Somebody waits for this; an examination is more patient. */
const TIMEOUT_MS = 20_000;
/** Eight answers of ten thousand classes in JSON have two megabytes. */
const MAX_ANSWER_BYTES: number = 16 * 2 ** 20;
/** Requests per second at most: a stranger's endpoint is met politely. */
const MOST_RATE = 4;

/** What a connection test saw. */
export interface InspectedSuspect {
  readonly seen: Seen;
  /** Whether the rows were made up. */
  readonly random: boolean;
}

/**
 * Ask a suspect a handful of rows, and see what it reveals. It is the same with a key or without: none is at hand here, and
 * no probe of an examination is spent.
 *
 * @param registration folder of the registration whose calibration rows are asked; null for random ones
 * @param pace what a request waits for besides its own pace, where others ask the same host
 * @returns also where it cannot be asked, with why; it throws only what is no SuspectError
 */
export async function inspectSuspect(
  suspect: Suspect,
  { registration, pace }: { readonly registration: string | null; readonly pace?: EndpointOptions["pace"] },
): Promise<InspectedSuspect> {
  const given = registration === null ? null : await registeredRows(registration);
  const seen =
    suspect.kind === "file" ? await inspectFile(suspect.path, given) : await ask(suspect, given, pace);
  return { seen, random: given === null };
}

type Rows = Readonly<Record<string, Tensor>>;

async function registeredRows(folder: string): Promise<Rows> {
  const registration = await readRegistration(folder);
  const { tensors, rows } = await readRegisteredRows(folder, registration, "calibration", npzRows);
  const few = Object.entries(tensors).map(([name, tensor]) => [
    name,
    tensor.dims.length === 0 ? tensor : sliceRows(tensor, 0, Math.min(ROWS, rows)),
  ]);
  return Object.fromEntries(few) as Rows;
}

async function ask(
  suspect: EndpointSuspect,
  given: Rows | null,
  pace: EndpointOptions["pace"],
): Promise<Seen> {
  const { rate } = suspect;
  const options: Omit<EndpointOptions, "rate" | "budget"> = {
    ...endpointOptions(suspect),
    timeoutMs: TIMEOUT_MS,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    ...(pace === undefined ? {} : { pace }),
  };
  let rows: Rows;
  try {
    rows = given ?? drawn(await declaredInputs(options));
  } catch (error) {
    if (!(error instanceof SuspectError)) throw error;
    return unasked(options, error);
  }
  return await inspectEndpoint({
    ...options,
    rows,
    learn: learnAccess,
    rate: Math.min(rate ?? MOST_RATE, MOST_RATE),
  });
}

async function declaredInputs(
  options: Omit<EndpointOptions, "rate" | "budget">,
): Promise<readonly ValueInfo[]> {
  const fetch = createGuardedFetch({
    allowPrivate: options.allowPrivate,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_ANSWER_BYTES,
  });
  try {
    return (await openProtocol(inTurn(fetch, options.pace), options)).protocol.inputs;
  } finally {
    await fetch.close();
  }
}

/** @throws SuspectError SUSPECT_INPUTS where nobody knows what to ask */
function drawn(inputs: readonly ValueInfo[]): Rows {
  const hint = "Choose a model, whose rows are then asked.";
  if (inputs.length === 0)
    throw new SuspectError("SUSPECT_INPUTS", "the suspect does not say what inputs it takes", hint);
  try {
    return drawRandom(ROWS, inputs);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "they cannot be drawn";
    throw new SuspectError("SUSPECT_INPUTS", `its inputs cannot be made up: ${why}`, hint, { cause });
  }
}

function unasked(
  { protocol, model }: Pick<EndpointOptions, "protocol" | "model">,
  error: SuspectError,
): Seen {
  const { code, message, hint } = error;
  return {
    reachable: code === "SUSPECT_INPUTS" || code === "SUSPECT_REFUSED",
    error: { code, message, hint },
    protocol,
    model,
    inputs: [],
    answers: null,
    repeats: null,
    latencyMs: null,
    rowsPerRequest: { offered: 0, answered: 0 },
    rateLimits: {},
    server: null,
    requests: 0,
    rows: 0,
    lost: { rows: 0, reason: null },
  };
}

/** A file is asked as an endpoint would be, by a session of its own. */
async function inspectFile(path: string, given: Rows | null): Promise<Seen> {
  let suspect: BlackBoxSuspect;
  try {
    suspect = await openOnnxBlackBox(path, 2 * ROWS);
  } catch (error) {
    if (!(error instanceof SuspectError)) throw error;
    return unasked({ protocol: "json", model: null }, error);
  }
  try {
    const rows = given ?? drawn(suspect.inputs);
    return await askTwice(suspect, rows);
  } catch (error) {
    if (!(error instanceof SuspectError)) throw error;
    return { ...unasked({ protocol: "json", model: null }, error), reachable: true, inputs: suspect.inputs };
  } finally {
    await suspect.close();
  }
}

async function askTwice(suspect: BlackBoxSuspect, rows: Rows): Promise<Seen> {
  const count = Math.max(...Object.values(rows).map(({ dims }) => dims[0] ?? 1));
  const probes = Array.from({ length: count }, (_, i) => i);
  const started = performance.now();
  const first = await suspect.query(rows, probes, FORGETFUL);
  const milliseconds = performance.now() - started;
  const second = await suspect.query(rows, probes, FORGETFUL);
  const twice = first.flatMap((reading, i): ReadTwice[] => {
    const again = second[i];
    return again === undefined ? [] : [[reading, again]];
  });
  const lost = [...first, ...second].filter((answer) => answer.kind === "lost");
  return {
    reachable: true,
    error: null,
    protocol: "onnx-black-box",
    model: null,
    inputs: suspect.inputs,
    answers: answersSeen([...first, ...second], learnAccess),
    repeats: repeatsSeen(twice),
    latencyMs: { least: milliseconds, median: milliseconds, most: milliseconds },
    rowsPerRequest: { offered: count, answered: count },
    rateLimits: {},
    server: null,
    requests: 2,
    rows: 2 * count,
    lost: { rows: lost.length, reason: lost[0]?.reason ?? null },
  };
}
