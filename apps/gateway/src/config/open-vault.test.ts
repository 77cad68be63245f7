import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { p256PublicKey } from "@indicia/evidence/p256";
import { toFloat64 } from "@indicia/onnx/tensor";
import { moveWeights } from "@indicia/testkit/move-weights";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { tinyClassifier, tinyInputs } from "@indicia/testkit/tiny-classifier";
import { addModel } from "@indicia/vault/add-model";
import { readAudit } from "@indicia/vault/audit";
import { readIndex } from "@indicia/vault/vault-index";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createLog } from "../ops/log.js";
import { checkConfig } from "./check.js";
import { type Gateway, openGateway } from "./open-gateway.js";
import { readConfig } from "./read-config.js";

const folder = mkdtempSync(path.join(tmpdir(), "indicia-served-vault-"));
const at = (name: string): string => path.join(folder, name);
const tiny = tinyClassifier({ features: 24, classes: 6 });
const SEED = new Uint8Array(32).fill(4);
const SIGNER = Buffer.from(p256PublicKey(SEED)).toString("hex");
const clock = (): Date => new Date();

async function open(signer: string): Promise<Gateway> {
  const yaml = `listen: { port: 0 }
vault: { folder: vault, secret: { file: key.txt }, signer: "${signer}" }
models:
  - { name: stored, vault: stored, batching: { threads: 2 } }
  - { name: watched, vault: stored, batching: { threads: 1 }, perturbation: { kind: reverse-sigmoid, budget: 0.05, secret: key.txt } }
  - { name: plain, file: plain.onnx, batching: { threads: 1 } }
ops: { logs: { level: silent } }
`;
  writeFileSync(at("gateway.yaml"), yaml);
  return openGateway(await readConfig(at("gateway.yaml"), {}), { clock, log: createLog("silent") });
}

beforeAll(async () => {
  const identity = await generateX25519Identity();
  writeFileSync(at("key.txt"), `${identity}\n`, { mode: 0o600 });
  const moved = moveWeights(tiny.bytes, "weights.bin");
  writeFileSync(at("plain.onnx"), tiny.bytes);
  writeFileSync(at("large.onnx"), moved.model);
  writeFileSync(at("weights.bin"), moved.weights);
  await addModel(at("vault"), {
    name: "stored",
    model: at("large.onnx"),
    lock: { kind: "recipients", recipients: [await identityToRecipient(identity)] },
    signing: { kind: "sign", seed: SEED, signer: SIGNER },
    clock,
  });
  for (const name of ["large.onnx", "weights.bin"]) rmSync(at(name));
});
afterAll(() => rmSync(folder, { recursive: true }));

it("a model whose weights lie in files of their own is served from the vault, and lies nowhere else", async () => {
  const gateway = await open(SIGNER);
  const inputs = Object.entries(tinyInputs(tiny, 3, 1)).map(([name, tensor]) => ({
    name,
    shape: tensor.dims,
    datatype: "FP32",
    data: [...toFloat64(tensor)],
  }));
  const answers = async (model: string): Promise<number[]> => {
    const asked = await fetch(`${gateway.address}/v2/models/${model}/infer`, {
      method: "POST",
      body: JSON.stringify({ inputs }),
    });
    const { outputs } = (await asked.json()) as { outputs?: { data: number[] }[] };
    return outputs?.[0]?.data ?? [];
  };
  try {
    const plain = await answers("plain");
    expect(plain).toHaveLength(18);
    expect(await answers("stored")).toEqual(plain);
    expect(await answers("watched")).toHaveLength(18);
  } finally {
    await gateway.close();
  }
});

it("a check is no opening in the vault's log", async () => {
  const types = async (): Promise<string[]> =>
    (await readAudit(at("vault"), await readIndex(at("vault")))).map(({ type }) => type);
  const before = await types();
  expect((await checkConfig(await readConfig(at("gateway.yaml"), {}), clock)).every(({ ok }) => ok)).toBe(
    true,
  );
  expect([...new Set((await types()).slice(before.length))]).toEqual(["checked"]);
});

it("a model that its owner did not sign is not served", async () => {
  const other = Buffer.from(p256PublicKey(new Uint8Array(32).fill(5))).toString("hex");
  expect(await thrownCode(() => open(other))).toBe("VAULT_SIGNATURE_INVALID");
});
