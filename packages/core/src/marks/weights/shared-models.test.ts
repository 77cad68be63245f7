import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type OnnxModel, openModel } from "@indicia/onnx/open";
import { writeModel } from "@indicia/onnx/write";
import { toLog10 } from "@indicia/proof/tail";
import { openSession } from "@indicia/runtime/session";
import { onnx } from "onnx-proto";
import { afterAll, describe, expect, it } from "vitest";
import { nodeKeystream } from "../../keystream-node.js";
import { detectWeights, type WeightWitness } from "@indicia/proof/weight-detect";
import { embedWeights } from "./embed.js";
import { measureWeights } from "./measure.js";
import { planWeights } from "./plan.js";

const shared = path.resolve(import.meta.dirname, "../../../../../../shared/models");
const missing = !existsSync(shared);
const scratch = mkdtempSync(path.join(tmpdir(), "indicia-weights-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const seed = new Uint8Array(32).fill(4);
const payload = "licence 4711";

/** What each model must have at least: tensors that carry the mark, and evidence at strength 0.005. */
const WANTED = [
  { name: "magika_standard_v3_3.onnx", tensors: 3, log10P: -100_000 },
  { name: "magika_standard_v1.onnx", tensors: 4, log10P: -50_000 },
  { name: "dtln_1.onnx", tensors: 5, log10P: -70_000 },
  { name: "silero_vad_16k_op15.onnx", tensors: 7, log10P: -60_000 },
  { name: "silero_vad_2021_micro.onnx", tensors: 3, log10P: -20_000 },
  { name: "mnist_cnn_cntk.onnx", tensors: 2, log10P: -1_200 },
];

describe.skipIf(missing && process.env["CI"] !== "true")("models made elsewhere", () => {
  it("are all looked at", () => {
    const found = readdirSync(shared).filter((name) => name.endsWith(".onnx"));
    expect(found.sort()).toEqual(WANTED.map(({ name }) => name).sort());
  });

  it.each(WANTED)("$name is marked, read again by others, and found", async ({ name, tensors, log10P }) => {
    const file = path.join(shared, name);
    const reference = openModel(file);
    const planned = planWeights(reference, { exclude: [] });
    if ("refusal" in planned) throw new Error(planned.refusal);
    const plan = planned.tensors;
    expect(plan).toHaveLength(tensors);
    const request = { model: reference, plan, seed, strength: 0.005, payload, keystream: nodeKeystream };
    const embedded = embedWeights(request);
    const out = path.join(scratch, name);
    writeModel(reference, embedded.edits, out);
    const marked = openModel(out);
    const look = async (suspect: OnnxModel, wrong = false): Promise<WeightWitness[]> => {
      const { segments, residual } = await measureWeights({ plan, suspect, reference });
      const key = wrong ? new Uint8Array(32).fill(5) : seed;
      return detectWeights({
        seed: key,
        segments,
        residual,
        committedPayload: payload,
        keystream: nodeKeystream,
      });
    };

    const [pilot, , committed, decoded] = await look(marked);
    expect(toLog10(committed?.lnP ?? 0)).toBeLessThan(log10P);
    expect(toLog10(pilot?.lnP ?? 0)).toBeLessThan(0.45 * log10P);
    expect(decoded?.payload).toEqual({ text: payload, bitErrors: 0, bits: 256 });
    expect(Math.sqrt(embedded.changeSquared / embedded.valuesSquared)).toBeLessThan(0.008);

    // Neither the unmarked original nor a wrong key shows anything.
    expect((await look(reference)).every(({ T }) => T === 0)).toBe(true);
    for (const { T } of await look(marked, true)) expect(Math.abs(T)).toBeLessThan(5);

    // Other readers take the file for what it is.
    const proto = onnx.ModelProto.decode(readFileSync(out));
    expect(proto.graph?.node?.length).toBe(reference.graph.nodes.length);
    const session = await openSession(out);
    expect(session.inputs.map((input) => input.name)).toEqual(
      reference.graph.inputs
        .map((input) => input.name)
        .filter((input) => !reference.graph.initializers.some((tensor) => tensor.name === input)),
    );
    await session.close();
    marked.close();
    reference.close();
  });
});
