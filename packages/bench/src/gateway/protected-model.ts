import { writeFile } from "node:fs/promises";
import path from "node:path";
import { writeNpz } from "@indicia/data/npz";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { loadCorpus } from "../corpus/load-corpus.js";
import { indicia } from "../first-light/programs.js";
import { magikaInputs } from "../magika/features.js";
import { readMagikaModel } from "../magika/model.js";
import { measure } from "../process.js";
import { GATEWAY } from "./server.js";

/** The customer who asks. */
const CUSTOMER = "customer-1";
/** Far beyond what is asked: limits are counted, and stand in nobody's way. */
const NO_LIMIT = 1e9;

/** A model with everything that its gateway needs, in one folder. */
export interface ProtectedModel {
  readonly model: string;
  /** Flags of a gateway that does nothing but serve it. */
  readonly plain: readonly string[];
  /** Flags of a gateway with all defences but the perturbation. */
  readonly flags: readonly string[];
  /** Headers of the customer's requests. */
  readonly headers: Readonly<Record<string, string>>;
  /** Requests of one row each, as JSON: files that neither registration nor monitor have seen. */
  readonly bodies: readonly Buffer[];
}

/**
 * Register magika_standard_v3_3 and a customer by the command line, calibrate the monitor, and write a configuration
 * with keys of clients, limits, monitor, marks of customers and logged queries, and the query log.
 *
 * @param files of the corpus, at most
 */
export async function protectMagika(folder: string, files: number): Promise<ProtectedModel> {
  const at = (name: string): string => path.join(folder, name);
  const magika = await readMagikaModel("standard_v3_3");
  const [benign, asked] = await Promise.all(
    (["calibration", "held-back"] as const).map(async (split) =>
      magikaInputs(magika, (await loadCorpus(split, { limit: files })).files),
    ),
  );
  if (benign === undefined || asked === undefined) throw new TypeError("two splits");
  await writeFile(at("benign.npz"), writeNpz({ [magika.input.name]: benign }));
  const owner = ["--registration", at("registration"), "--key", at("owner.key")];
  await indicia("key", "new", "--out", at("owner.key"));
  await indicia(
    ...["register", magika.path, "--key", at("owner.key"), "--out", at("registration")],
    ...["--calibration", at("benign.npz"), "--pool", "random:64"],
  );
  await indicia("key", "gateway", ...owner, "--out", at("gateway.key"));
  await indicia("customers", "add", CUSTOMER, ...owner, "--customers", at("customers.jsonl"));
  const told = await gateway(
    ...["key", "add", "--keys", at("keys.jsonl"), "--account", "ada", "--scope", "model:infer"],
    ...["--customer", CUSTOMER],
  );
  const { token } = JSON.parse(told) as { token: string };
  await gateway("calibrate", "--model", magika.path, "--data", at("benign.npz"), "--out", at("monitor.json"));
  await writeFile(at("gateway.yaml"), JSON.stringify(configuration(magika.path)));
  return {
    model: magika.path,
    plain: ["--model", magika.path, "--name", "model"],
    flags: ["--config", at("gateway.yaml")],
    headers: { authorization: `Bearer ${token}` },
    bodies: bodiesOf(asked),
  };
}

async function gateway(...args: readonly string[]): Promise<string> {
  return (await measure(process.execPath, [GATEWAY, ...args, "--json"], { codes: [0] })).stdout;
}

/** JSON is YAML too. */
function configuration(model: string): object {
  const window = { per: "account", most: NO_LIMIT, window: "1d" };
  return {
    listen: { port: 0 },
    models: [
      {
        name: "model",
        file: model,
        marking: {
          registration: "registration",
          gatewayKey: "gateway.key",
          customers: "customers.jsonl",
          logged: "queries",
        },
        monitor: { calibration: "monitor.json", actions: ["log"] },
      },
    ],
    access: { keys: "keys.jsonl" },
    limits: { rules: ["requests", "rows", "bits"].map((count) => ({ ...window, count })) },
    ops: { logs: { level: "silent" } },
  };
}

function bodiesOf(tensor: Tensor): Buffer[] {
  const [rows = 0] = tensor.dims;
  const values = toFloat64(tensor);
  const width = values.length / rows;
  return Array.from({ length: rows }, (_, i) =>
    Buffer.from(JSON.stringify({ rows: [Array.from(values.subarray(i * width, (i + 1) * width))] })),
  );
}
