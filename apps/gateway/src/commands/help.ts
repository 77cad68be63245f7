import { USAGES } from "./usages.js";

const EXAMPLES: Readonly<Record<keyof typeof USAGES, string>> = {
  short: "indicia-gateway --model model.onnx --port 8080 --output top-k:3",
  config: "indicia-gateway --config gateway.yaml",
  check: "indicia-gateway check --config gateway.yaml",
  key: "indicia-gateway key add --keys keys.jsonl --account ada --scope magika:infer --expires 2027-01-31",
  calibrate: "indicia-gateway calibrate --model model.onnx --data benign.npz --out monitor.json",
};

/** What the flags of the short form mean. */
const FLAGS: readonly (readonly [string, string])[] = [
  ["--model FILE", "the .onnx file that is served"],
  ["--name NAME", "by which clients ask for it (default: model)"],
  ["--port PORT", "0, the default, for any free one; the address is printed"],
  ["--host HOST", "address to listen at (default: 127.0.0.1, for this machine alone)"],
  ["--output POLICY", "what clients see: full, round:N, top-k:K or labels (default: full)"],
  ["--registration FOLDER", "of the model, for marks; with --gateway-key FILE from `indicia key gateway`"],
  ["--customers FILE", "register of customers, each of whom is marked; a proxy in front says who asks"],
  ["--logged FOLDER", "query log, whose queries are marked"],
  ["--customer-strength LOGITS", "of a customer's mark (default: 0.1)"],
  ["--tilt LOGITS", "of the mark of a logged query (default: 0.05)"],
  ["--terms FILE", "that customers accept; with --acceptances FILE, where that is recorded"],
  ["--terms-version NAME", "a version other than the one in force"],
  ["--terms-optional", "answer those too who have not accepted"],
  ["--record-address", "note the address with an acceptance"],
];

const OTHERS: readonly (readonly [keyof typeof USAGES, string])[] = [
  ["config", "serve what a configuration says: several models, keys, limits, monitor, query logs"],
  ["check", "open all that a configuration names, without serving it"],
  ["key", "the keys that clients show"],
  ["calibrate", "teach the monitor what honest accounts look like"],
];

/** What `--help` prints. @param kind which part of the command line it was asked of */
export function helpText(kind: keyof typeof USAGES): string {
  const lines = [`Usage: ${USAGES[kind]}`, "", `Example: ${EXAMPLES[kind]}`];
  if (kind === "short") {
    lines.push("", "Serve one model by flags alone:", ...columns(FLAGS));
    lines.push("", "Or:", ...OTHERS.map(([other, told]) => `  ${EXAMPLES[other]}\n      ${told}`));
  }
  return `${lines.join("\n")}\n`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, told]) => `  ${name.padEnd(width)}  ${told}`);
}
