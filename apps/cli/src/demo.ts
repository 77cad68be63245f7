import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { counted } from "@indicia/operations/counted";
import { type Json, runJson, runNode, startServer } from "./demo/programs.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const model = (name: string): string => path.join(ROOT, "test-models", `${name}.onnx`);
const OWNED = model("glyphs");
const INNOCENT = model("innocent-a");
const PAYLOAD = "Copy for Alice";

const folder = mkdtempSync(path.join(tmpdir(), "indicia-demo-"));
const at = (name: string): string => path.join(folder, name);

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function heading(step: number, text: string): void {
  say(`\n${step}. ${text}`);
}

function number(value: unknown, digits = 1): string {
  return typeof value === "number" ? value.toFixed(digits) : "?";
}

/** Serve a model from another process, which is given nothing but the file, and examine it over HTTP. */
async function examineServed(file: string, output: string, ...more: string[]): Promise<Json> {
  const server = await startServer(path.join(ROOT, "apps/gateway/dist/main.js"), [
    "--model",
    file,
    "--name",
    "m",
    "--output",
    output,
  ]);
  try {
    return await runJson(
      "examine",
      `${server.address}/v2/models/m`,
      "--allow-private",
      "--rate",
      "500",
      ...claim,
      "--budget",
      "512",
      ...more,
    );
  } finally {
    await server.stop();
  }
}

const claim = ["--registration", at("registration"), "--key", at("owner.key"), "--reference", OWNED];

function tellVerdict(report: Json): void {
  const best = report.witnesses?.[0];
  say(
    `   ${counted(report.queries ?? 0, "question")} asked; best statistic: ${best?.statistic}, T = ${number(best?.T, 2)}`,
  );
  say(
    `   verdict: ${report.verdict}; certified log10 p = ${number(report.log10P)} (ideal ${number(report.log10PIdeal)}), level 1e-6`,
  );
}

async function demo(): Promise<boolean> {
  say("Indicia: mark a model, catch the thief's endpoint, hand over evidence.");
  say(`Everything happens in ${folder} and on loopback ports.`);

  heading(1, "The owner registers the unmarked model, before anything secret touches it.");
  for (const [name, count] of [
    ["calibration", "1500"],
    ["pool", "1500"],
  ] as const) {
    await runNode(path.join(ROOT, "packages/bench/dist/test-models/draw-main.js"), [
      "--seed",
      `demo ${name}`,
      "--count",
      count,
      "--out",
      at(`${name}.npz`),
    ]);
  }
  await runJson("key", "new", "--out", at("owner.key"));
  const data = ["--calibration", at("calibration.npz"), "--pool", at("pool.npz")];
  const registered = await runJson(
    "register",
    OWNED,
    "--key",
    at("owner.key"),
    "--out",
    at("registration"),
    "--payload",
    PAYLOAD,
    ...data,
  );
  say(`   test-models/glyphs.onnx, 20 classes of drawn glyphs; commitment ${registered.commitment}`);

  heading(2, "The owner marks the copy that is released.");
  const marked = await runJson(
    "mark",
    OWNED,
    "--key",
    at("owner.key"),
    "--registration",
    at("registration"),
    "--out",
    at("released.onnx"),
  );
  say(
    `   weights at ${number(100 * (marked.marks?.weights?.strength ?? 0), 2)} % of a row's deviation, read-out tilted by ${number(marked.marks?.readout?.strength, 3)} logits`,
  );
  say(
    `   ${marked.distortion?.labelsChanged} of ${counted(marked.distortion?.rows ?? 0, "label")} changed (at most ${number(100 * (marked.distortion?.labelsChangedUpper95 ?? 1), 2)} % with 95 % confidence)`,
  );

  heading(3, "A thief copies the file and serves it from another process, probabilities only.");
  const caught = await examineServed(at("released.onnx"), "full", "--full", "--out", at("evidence.zip"));
  tellVerdict(caught);
  say(
    `   controls: reference ${caught.controls?.reference}, innocents ${caught.controls?.innocents}, false claim ${caught.controls?.falseClaim}`,
  );

  heading(
    4,
    "The same thief answers with labels only; probes on the reference's decision boundary still tell.",
  );
  const labels = await examineServed(at("released.onnx"), "labels", "--full");
  tellVerdict(labels);

  heading(5, "An honest competitor serves a model of his own, trained for the same task.");
  const innocent = await examineServed(INNOCENT, "full", "--full");
  tellVerdict(innocent);

  heading(6, "The stolen file itself is found: the mark in its weights names the copy.");
  const file = await runJson("examine", at("released.onnx"), ...claim, "--out", at("evidence-file.zip"));
  tellVerdict(file);
  say(`   payload read back: "${file.witnesses?.[0]?.payload?.text}"`);

  heading(7, "The owner opens one derived sub-key to an expert, who recomputes the evidence offline.");
  const identity = await generateX25519Identity();
  await writeFile(at("expert.txt"), `${identity}\n`, { mode: 0o600 });
  const recipient = await identityToRecipient(identity);
  const disclosing = ["--recipient", recipient, "--out", at("disclosure.age")];
  await runJson("evidence", "disclose", at("evidence.zip"), "--key", at("owner.key"), ...disclosing, "--yes");
  const opening = ["--disclosure", at("disclosure.age"), "--identity", at("expert.txt")];
  const verified = await runJson("evidence", "verify", at("evidence.zip"), ...opening);
  for (const check of verified.checks ?? []) say(`   ${check.status.padEnd(11)} ${check.name}`);

  const good =
    caught.verdict === "match" &&
    labels.verdict === "match" &&
    file.verdict === "match" &&
    innocent.verdict === "inconclusive" &&
    verified.verified === true;
  say(
    good
      ? "\nThe thief is caught three times, the innocent is left alone."
      : "\nSomething is not as it should be.",
  );
  say(
    "Standing of all this is 'exploratory': no outside clock and no public beacon took part. README.md says what that means.",
  );
  return good;
}

try {
  process.exitCode = (await demo()) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
