import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { exportGatewayKey, gatewayKeys } from "@indicia/core/gateway-keys";
import type { InputRows } from "@indicia/core/registration";
import { writeRegistration } from "@indicia/core/registration-folder";
import { createRegistration } from "@indicia/core/registration-keys";
import { fingerprint } from "@indicia/data/fingerprint";
import { readNpz, writeNpz } from "@indicia/data/npz";
import { sha256Hex } from "@indicia/evidence/canonical";
import { addCustomers } from "@indicia/evidence/customers-file";
import { openTerms } from "@indicia/evidence/terms-file";
import { openModel } from "@indicia/onnx/open";
import { derivePurpose } from "@indicia/proof/keys";
import { type TinyClassifier, tinyClassifier, tinyInputs } from "@indicia/testkit/tiny-classifier";

const OWNER = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
const START = (): Date => new Date(0);

/** A folder in which a model is registered, with all that its gateway needs. */
export interface MarkedFolder {
  readonly folder: string;
  /** Path of a file in it: model.onnx, registration, gateway.key, customers.jsonl (alice, bob), terms.jsonl. */
  readonly at: (name: string) => string;
  readonly tiny: TinyClassifier;
  /** Of the registration, hex. */
  readonly commitment: string;
  /** A request for the model, one row of each of these seeds. */
  readonly question: (seed: number) => object;
  remove(): void;
}

/**
 * Make such a folder.
 *
 * @param signers Ed25519 public keys of customers, hex, by customer
 */
export async function markedFolder(signers: Readonly<Record<string, string>> = {}): Promise<MarkedFolder> {
  const folder = mkdtempSync(path.join(tmpdir(), "indicia-marked-"));
  const at = (name: string): string => path.join(folder, name);
  const tiny = tinyClassifier({ features: 24, classes: 6 });
  writeFileSync(at("model.onnx"), tiny.bytes);
  const data = (seed: number): InputRows => {
    const tensors = tinyInputs(tiny, 200, seed);
    return { rows: 200, tensors, sha256: fingerprint(tensors), random: true };
  };
  const model = openModel(at("model.onnx"));
  const registration = await createRegistration({
    model,
    modelPath: at("model.onnx"),
    reference: { sha256: sha256Hex(tiny.bytes), bytes: tiny.bytes.length, externalFiles: [] },
    ownerKey: OWNER,
    owner: null,
    payload: null,
    calibration: data(1),
    pool: data(2),
    created: START(),
  }).finally(() => model.close());
  await writeRegistration(at("registration"), {
    registration,
    calibration: data(1),
    pool: data(2),
    shadows: [],
    payload: null,
    format: { encode: (tensors) => writeNpz(tensors), decode: readNpz, fingerprint },
    clock: START,
  });
  writeFileSync(at("gateway.key"), exportGatewayKey(registration, OWNER));
  const keys = gatewayKeys(registration, OWNER);
  await addCustomers(at("customers.jsonl"), {
    registration: registration.commitment,
    entries: ["alice", "bob"].map((id) => ({
      id,
      committed: keys.commitment(id),
      signer: signers[id] ?? null,
    })),
    clock: START,
  });
  const terms = await openTerms(at("terms.jsonl"), {
    registration: registration.commitment,
    seeds: { ed25519: derivePurpose(OWNER, "signing"), p256: derivePurpose(OWNER, "signing-p256") },
    clock: START,
  });
  await terms.add({ version: "1", effective: "1970-01-01", text: "Do not copy.\n" });
  await terms.close();
  return {
    folder,
    at,
    tiny,
    commitment: registration.commitment,
    question(seed) {
      const inputs = Object.entries(tinyInputs(tiny, 1, seed)).map(([name, tensor]) => ({
        name,
        shape: tensor.dims,
        datatype: "FP32",
        data: Array.from(tensor.data as Float32Array),
      }));
      return { inputs };
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
