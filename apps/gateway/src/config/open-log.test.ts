import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { walkQueryLog } from "@indicia/evidence/query-log-read-file";
import { answerEntry } from "@indicia/evidence/query-segment";
import { toFloat64 } from "@indicia/onnx/tensor";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { tinyClassifier, tinyInputs } from "@indicia/testkit/tiny-classifier";
import { ageUnwrap } from "@indicia/vault/age-keys";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLog } from "../ops/log.js";
import { checkConfig } from "./check.js";
import { openGateway } from "./open-gateway.js";
import { readConfig } from "./read-config.js";

const folder = mkdtempSync(path.join(tmpdir(), "indicia-plain-log-"));
const at = (name: string): string => path.join(folder, name);
const tiny = tinyClassifier({ features: 24, classes: 6 });
const identity = await generateX25519Identity();
const recipient = await identityToRecipient(identity);

function configured(model: string, log: string): string {
  const yaml = `listen: { port: 0 }
models: [{ name: bare, file: model.onnx, batching: { threads: 1 }, ${model} }]
log: ${log}
ops: { logs: { level: silent } }
`;
  writeFileSync(at("gateway.yaml"), yaml);
  return at("gateway.yaml");
}

beforeAll(() => writeFileSync(at("model.onnx"), tiny.bytes));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the query log of a model that is not marked", () => {
  it("has every query and answer, readable by its recipients alone", async () => {
    const file = configured("logged: log", `{ recipients: [${recipient}] }`);
    const clock = (): Date => new Date();
    const gateway = await openGateway(await readConfig(file, {}), { clock, log: createLog("silent") });
    const tensors = tinyInputs(tiny, 2, 1);
    const inputs = Object.entries(tensors).map(([name, tensor]) => ({
      name,
      shape: tensor.dims,
      datatype: "FP32",
      data: [...toFloat64(tensor)],
    }));
    const asked = await fetch(`${gateway.address}/v2/models/bare/infer`, {
      method: "POST",
      body: JSON.stringify({ inputs }),
    });
    expect(asked.status).toBe(200);
    await gateway.close();
    const unwrap = ageUnwrap({ kind: "identities", identities: [identity] });
    const answers: unknown[] = [];
    const state = await walkQueryLog(at("log"), { subKey: null, unwrap }, ({ lines }) => {
      for (const line of lines) if (line.type === "answer") answers.push(answerEntry(line));
    });
    expect(state.index.registration).toBeNull();
    expect(answers).toHaveLength(2);
    expect(answers[0]).toMatchObject({ model: "bare", customer: null, account: null });
    const sealed: unknown[] = [];
    await walkQueryLog(
      at("log"),
      undefined,
      ({ lines }) => void sealed.push(...lines.map(({ entry }) => entry)),
    );
    expect(sealed.slice(1)).toEqual([null, null]);
  });

  it("that is damaged is found by a check as by the start, which name its folder and segment and how to go on", async () => {
    const config = await readConfig(configured("logged: hurt", "{}"), {});
    const clock = (): Date => new Date();
    const start = async (): Promise<void> =>
      await (await openGateway(config, { clock, log: createLog("silent") })).close();
    await start();
    const segment = at("hurt/queries-000001.jsonl");
    const whole = readFileSync(segment, "utf8");
    // A crash in the middle of a line is no damage.
    writeFileSync(segment, `${whole}{"body"`);
    const [torn] = await checkConfig(config, clock);
    expect(torn).toMatchObject({ ok: true, told: expect.stringContaining("was not finished") as string });
    writeFileSync(segment, whole.replace('"begin"', '"began"'));
    const damage = {
      code: "QUERY_LOG_DAMAGED",
      hint: expect.stringContaining("move the whole folder away") as string,
    };
    const [found] = await checkConfig(config, clock);
    expect(found).toMatchObject({ ok: false, ...damage, told: expect.stringContaining(segment) as string });
    await expect(start()).rejects.toMatchObject({
      ...damage,
      message: expect.stringContaining(segment) as string,
    });
    expect([at("hurt"), segment].map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o600]);
  });

  it.each([
    ["logged: log", "{ sealed: true }"],
    ["logged: log", "{ recipients: [nobody] }"],
    ["logged: log", `{ sealed: true, recipients: [${recipient}] }`],
    ["logged: log, marking: { registration: r, gatewayKey: k, logged: l }", "{}"],
  ])("is not configured as %s with %s", async (model, log) => {
    expect(await thrownCode(() => readConfig(configured(model, log), {}))).toBe("CONFIG_INVALID");
  });
});
