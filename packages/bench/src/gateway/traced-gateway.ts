import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Answers } from "@indicia/autodiff/evaluate";
import { writeNpz } from "@indicia/data/npz";
import type { Tensor } from "@indicia/onnx/tensor";
import { INPUT } from "../extraction/data.js";
import { claimFlags, indicia } from "../first-light/programs.js";
import { measure } from "../process.js";
import { askGateway } from "./ask-gateway.js";
import { GATEWAY, startGateway } from "./server.js";

/** Entries of the register: all are paid for, whoever asks. */
export const CUSTOMERS = 100;
/** Logits of a customer's mark: as strong as that of a released copy, and twice a gateway's default. */
const STRENGTH = 0.25;
/** Shadow models have the usual shapes, thieves' among them, and see every row so often. */
const SHADOW_SHAPES = "strided,strided-wide";
const SHADOW_EPOCHS = "4";
/** Requests of one customer at a time. */
const AT_ONCE = 4;

/** What `indicia trace --json` prints, as far as the rows need it. */
export interface Traced {
  readonly named: readonly string[];
  readonly customers: readonly {
    readonly customer: string;
    readonly log10P: number;
    readonly log10PIdeal: number;
    readonly witnesses: readonly { readonly T: number; readonly statistic: string }[];
  }[];
  readonly queries: number;
  readonly requeries: number;
  readonly seconds: number;
}

/** An owner whose gateway answered customers, each under a mark of his own. */
export interface TracedGateway {
  /** Ask as a customer who has a key. */
  ask(customer: string, images: Tensor): Promise<Answers>;
  /** End the gateway: its log is complete. */
  stop(): Promise<void>;
  /** `indicia trace` of a model that was found, by the register and the gateway's log. */
  trace(suspect: string, probes: number): Promise<Traced>;
}

export function customerId(number: number): string {
  return `customer-${number}`;
}

/**
 * Register a model and 100 customers by the command line, and start a gateway that marks and logs what it answers.
 *
 * @param given.asking customers who get a key
 */
export async function startTraced(
  folder: string,
  given: {
    readonly model: Uint8Array;
    readonly calibration: Tensor;
    readonly pool: Tensor;
    /** What shadow models learn from, and how many of them there are. */
    readonly shadowing: Tensor;
    readonly shadows: number;
    readonly asking: readonly string[];
  },
): Promise<TracedGateway> {
  const at = (name: string): string => path.join(folder, name);
  await mkdir(folder);
  await writeFile(at("model.onnx"), given.model);
  for (const name of ["calibration", "pool", "shadowing"] as const) {
    await writeFile(at(`${name}.npz`), writeNpz({ [INPUT]: given[name] }));
  }
  const owner = ["--registration", at("registration"), "--key", at("owner.key")];
  const register = ["--customers", at("customers.jsonl")];
  await indicia("key", "new", "--out", at("owner.key"));
  const shadows = given.shadows > 0 ? ["--shadows", at("shadows")] : [];
  if (given.shadows > 0) {
    const trained = [
      "--count",
      String(given.shadows),
      "--architectures",
      SHADOW_SHAPES,
      "--epochs",
      SHADOW_EPOCHS,
    ];
    await indicia(
      "shadows",
      at("model.onnx"),
      "--inputs",
      at("shadowing.npz"),
      "--out",
      at("shadows"),
      ...trained,
    );
  }
  const data = ["--calibration", at("calibration.npz"), "--pool", at("pool.npz"), ...shadows];
  await indicia("register", at("model.onnx"), "--key", at("owner.key"), "--out", at("registration"), ...data);
  await indicia("key", "gateway", ...owner, "--out", at("gateway.key"));
  const everybody = Array.from({ length: CUSTOMERS }, (_, i) => customerId(i + 1));
  await indicia("customers", "add", ...everybody, ...owner, ...register);
  const tokens = new Map<string, string>();
  for (const customer of given.asking) tokens.set(customer, await keyOf(customer, at("keys.jsonl")));
  await writeFile(at("gateway.yaml"), JSON.stringify(CONFIGURATION));
  const gateway = await startGateway("--config", at("gateway.yaml"));
  return {
    ask: (customer, images) =>
      askGateway({
        address: gateway.address,
        model: "model",
        token: tokens.get(customer) ?? null,
        rows: images,
        atOnce: AT_ONCE,
      }),
    stop: () => gateway.stop(),
    trace: (suspect, probes) => {
      const claim = claimFlags({
        registration: at("registration"),
        key: at("owner.key"),
        reference: at("model.onnx"),
      });
      const asking = [
        "--protocol",
        "onnx-black-box",
        "--query-log",
        at("queries"),
        "--budget",
        String(probes),
        "--full",
      ];
      return indicia<Traced>("trace", suspect, ...asking, ...claim, ...register);
    },
  };
}

/** JSON is YAML too. */
const CONFIGURATION = {
  listen: { port: 0 },
  models: [
    {
      name: "model",
      file: "model.onnx",
      marking: {
        registration: "registration",
        gatewayKey: "gateway.key",
        customers: "customers.jsonl",
        logged: "queries",
        strength: STRENGTH,
      },
    },
  ],
  access: { keys: "keys.jsonl" },
  ops: { logs: { level: "silent" } },
};

async function keyOf(customer: string, keys: string): Promise<string> {
  const account = ["--account", customer, "--scope", "model:infer", "--customer", customer];
  const { stdout } = await measure(
    process.execPath,
    [GATEWAY, "key", "add", "--keys", keys, ...account, "--json"],
    { codes: [0] },
  );
  return (JSON.parse(stdout) as { token: string }).token;
}
