import { describe, expect, test } from "vitest";
import { bind, type BoundCommand, type CommandSpec } from "../command.js";
import type { Context } from "@indicia/operations/context";
import { parseCall } from "../program.js";
import { conclude } from "./conclude.js";
import { customersAdd } from "./customers-add.js";
import { evidenceDisclose, evidenceShow, evidenceVerify } from "./evidence.js";
import { evidenceExcerpt } from "./evidence-excerpt.js";
import { examine } from "./examine.js";
import { gateway, gatewayCalibrate, gatewayCheck } from "./gateway.js";
import { gatewayKeyAdd, gatewayKeyList, gatewayKeyRevoke, gatewayKeyRotate } from "./gateway-key.js";
import { inspect } from "./inspect.js";
import { keyGateway } from "./key-gateway.js";
import { keyNew } from "./key-new.js";
import { mark } from "./mark.js";
import { observe } from "./observe.js";
import { plan } from "./plan.js";
import { register } from "./register.js";
import { secretAdd } from "./secret-add.js";
import { secretExport, secretList, secretVerify } from "./secret.js";
import { shadows } from "./shadows.js";
import { termsAdd, termsList } from "./terms.js";
import { trace } from "./trace.js";
import { vaultWithdraw } from "./vault.js";
import { vaultGet } from "./vault-get.js";
import { verifier, verifierBackup, verifierRestore, verifierRotateKey, verifierTicket } from "./verifier.js";

const CONTEXT: Context = {
  say: () => undefined,
  progress: () => ({ update: () => undefined, stop: () => undefined }),
  signal: new AbortController().signal,
  environment: {},
  now: () => new Date(0),
  askSecret: null,
};

/** The command with a job that only reports the options it was given. */
function echo<Options extends object>(spec: CommandSpec<Options>): BoundCommand {
  return bind(spec, async () => async (options) => ({ exitCode: 0, report: { options } }));
}

const ALL = [
  echo(keyNew),
  echo(shadows),
  echo(keyGateway),
  echo(customersAdd),
  echo(trace),
  echo(register),
  echo(secretAdd),
  echo(vaultGet),
  echo(vaultWithdraw),
  echo(secretList),
  echo(secretVerify),
  echo(secretExport),
  echo(termsAdd),
  echo(termsList),
  echo(mark),
  echo(observe),
  echo(inspect),
  echo(conclude),
  echo(plan),
  echo(examine),
  echo(evidenceVerify),
  echo(evidenceShow),
  echo(evidenceExcerpt),
  echo(evidenceDisclose),
  echo(gateway),
  echo(gatewayCalibrate),
  echo(gatewayCheck),
  echo(gatewayKeyAdd),
  echo(gatewayKeyList),
  echo(gatewayKeyRotate),
  echo(gatewayKeyRevoke),
  echo(verifier),
  echo(verifierBackup),
  echo(verifierRestore),
  echo(verifierRotateKey),
  echo(verifierTicket),
];

/** Options that a command line turns into; arguments are parted at spaces. */
async function parse(line: string | readonly string[]): Promise<unknown> {
  const call = parseCall(ALL, typeof line === "string" ? line.split(" ") : line, "0.0.0");
  if (call.kind !== "run") throw new Error("that was a call for help");
  return (await call.job(CONTEXT)).report["options"];
}

describe.each(ALL.map(({ spec }) => [spec.name, spec] as const))("%s", (name, spec) => {
  test("help shows a real example", () => {
    const call = parseCall(ALL, [...name.split(" "), "--help"], "0.0.0");
    expect(call).toMatchObject({
      kind: "text",
      text: expect.stringContaining(`Example:\n  $ ${spec.example}\n`),
    });
    expect(call).toMatchObject({ text: expect.stringContaining("--json") });
  });

  test("the example is understood", async () => {
    expect(spec.example.startsWith(`indicia ${name} `)).toBe(true);
    // As a shell parts it: what is quoted is one word.
    const words = [...spec.example.replace(/^indicia /, "").matchAll(/"([^"]*)"|(\S+)/g)];
    await expect(parse(words.map(([, quoted, bare]) => quoted ?? bare ?? ""))).resolves.toBeTypeOf("object");
  });
});

const KEY = { path: "k", passphraseEnv: null };
/** What follows no plan. */
const UNPLANNED = { plan: null, fresh: null, rounds: [] };

describe("what a line means", () => {
  test("key new", async () => {
    expect(await parse("key new --out k")).toEqual({ out: "k", passphrase: "none" });
    expect(await parse("key new --out k --passphrase")).toEqual({ out: "k", passphrase: "ask" });
    expect(await parse("key new --out k --passphrase-env SECRET")).toEqual({
      out: "k",
      passphrase: { environment: "SECRET" },
    });
  });

  test("verifier", async () => {
    expect(await parse("verifier --database-url postgres://h/d --role worker")).toEqual({
      args: ["serve", "--database-url", "postgres://h/d", "--role", "worker"],
    });
    expect(await parse("verifier rotate-key --new-key k --data d")).toEqual({
      args: ["rotate-key", "--new-key", "k", "--data", "d"],
    });
  });

  test("mark for a customer", async () => {
    const base = "mark m.onnx --registration r --key k --out o.onnx --customer alice";
    expect(await parse(`${base} --customers c`)).toMatchObject({ customer: { id: "alice", register: "c" } });
    await expect(parse(base)).rejects.toMatchObject({ code: "USAGE" });
    await expect(parse(`${base} --customers c --readout off`)).rejects.toMatchObject({ code: "USAGE" });
  });

  test("vault get takes one recipient, wherever the name of the model stands", async () => {
    const line = "vault get --vault v --identity i --to ada --out o --encrypt-to age1x m";
    expect(await parse(line)).toMatchObject({ name: "m", target: { kind: "file", encryptTo: "age1x" } });
    const deposit =
      "vault get m --vault v --identity i --to ada --deposit --encrypt-to age1x --expires 2027-01-31";
    expect(await parse(`${deposit} --registration r --key k`)).toMatchObject({
      to: "ada",
      target: {
        kind: "deposit",
        encryptTo: "age1x",
        expires: "2027-01-31T00:00:00.000Z",
        mark: { payload: "ada" },
      },
    });
  });

  test("customers add", async () => {
    const line = "customers add alice bob --registration r --key k --customers c";
    const options = {
      registration: "r",
      key: KEY,
      customers: "c",
      ids: ["alice", "bob"],
      signer: null,
      rounds: [],
    };
    expect(await parse(line)).toEqual(options);
    await expect(parse(`${line} alice`)).rejects.toMatchObject({ code: "USAGE" });
    await expect(parse(`${line} ../x`)).rejects.toMatchObject({ code: "USAGE" });
    await expect(parse(`${line} --signer ${"ab".repeat(32)}`)).rejects.toMatchObject({ code: "USAGE" });
  });

  test("trace", async () => {
    const line = "trace s.onnx --registration r --key k --customers c";
    expect(await parse(line)).toEqual({
      suspect: { kind: "file", path: "s.onnx", protocol: "onnx" },
      registration: "r",
      key: KEY,
      reference: null,
      customers: "c",
      queryLog: null,
      queryLogIdentity: null,
      ...UNPLANNED,
      acceptances: null,
      budget: null,
      probes: null,
      level: null,
      resume: null,
      full: false,
      out: null,
    });
    await expect(parse(`${line} --query-log q`)).rejects.toMatchObject({ code: "USAGE" });
    expect(await parse(`${line} --query-log q --reference m`)).toMatchObject({
      queryLog: "q",
      reference: "m",
    });
    await expect(parse(`${line} --query-log-identity i`)).rejects.toMatchObject({ code: "USAGE" });
  });

  test("register", async () => {
    expect(await parse("register m.onnx --key k --out r")).toEqual({
      model: "m.onnx",
      key: KEY,
      out: "r",
      calibration: "random:256",
      calibrationIsDefault: true,
      pool: null,
      shadows: null,
      payload: null,
      owner: null,
      secret: null,
      anchor: { authorities: [], roots: [], policy: null, beacon: null, allowPrivate: false },
    });
    const line =
      "register m.onnx --key k --passphrase-env P --out r --calibration c.npz --pool p.npz --owner Ada --shadows s";
    expect(await parse([...line.split(" "), "--payload", "licence 7"])).toMatchObject({
      key: { path: "k", passphraseEnv: "P" },
      calibration: "c.npz",
      calibrationIsDefault: false,
      pool: "p.npz",
      shadows: "s",
      payload: "licence 7",
      owner: "Ada",
    });
  });

  test("shadows", async () => {
    expect(await parse("shadows m.onnx --inputs i.npz --out s")).toEqual({
      model: "m.onnx",
      inputs: "i.npz",
      out: "s",
      count: 4,
      epochs: null,
      architectures: null,
      seed: 1,
      resume: false,
    });
    const more = "--count 3 --epochs 9 --architectures mlp,mlp-deep --seed 7 --resume";
    expect(await parse(`shadows m.onnx --inputs i.npz --out s ${more}`)).toMatchObject({
      count: 3,
      epochs: 9,
      architectures: ["mlp", "mlp-deep"],
      seed: 7,
      resume: true,
    });
  });

  test("secret", async () => {
    const base = "--registration r --key k";
    const dating = { authorities: [], roots: [], policy: null, allowPrivate: false };
    const secret = "secret add secret --id w --name W --not-known x --model none --since 2026-01-01";
    expect(
      await parse(`${secret} --amount 5 --currency EUR --valued-on 2026-01-02 --method m ${base}`),
    ).toEqual({
      registration: "r",
      key: KEY,
      dating,
      entries: [
        {
          type: "secret",
          entry: {
            id: "w",
            name: "W",
            notKnown: "x",
            since: "2026-01-01",
            model: null,
            value: { amount: 5, currency: "EUR", on: "2026-01-02", method: "m", becauseSecret: null },
          },
        },
      ],
    });
    expect(
      await parse(`secret add measure-added --secrets a,b --document D --kind technical ${base}`),
    ).toMatchObject({
      entries: [
        { entry: { secrets: ["a", "b"], kind: "technical", document: { reference: "D", sha256: null } } },
      ],
    });
    expect(await parse(`secret add correction --of 3 --why x --withdraw ${base}`)).toMatchObject({
      entries: [{ type: "correction", entry: { of: 3, why: "x", entry: null } }],
    });
    expect(await parse(`secret add --file f.yaml ${base}`)).toMatchObject({ entries: "f.yaml" });
    expect(await parse(`secret add --tsa https://t.example ${base}`)).toMatchObject({
      entries: [],
      dating: { authorities: [{ url: new URL("https://t.example"), qualified: false }] },
    });
    expect(await parse("secret list --registration r")).toEqual({ registration: "r", at: null });
    expect(await parse("secret list --registration r --at 2026-11-30")).toMatchObject({
      at: "2026-11-30T23:59:59.999Z",
    });
    expect(await parse("secret export --registration r --out o --at 2026-11-30T12:00:00+01:00")).toEqual({
      registration: "r",
      at: "2026-11-30T11:00:00.000Z",
      out: "o",
    });
    expect(await parse("secret verify --registration r")).toEqual({ registration: "r", timestampRoots: [] });
  });

  test("terms", async () => {
    const line = "terms add t.md --version 2026-11 --registration r --key k";
    const options = { registration: "r", key: KEY, text: "t.md", version: "2026-11", effective: null };
    expect(await parse(line)).toMatchObject(options);
    expect(await parse(`${line} --effective 2026-11-01`)).toMatchObject({ effective: "2026-11-01" });
    expect(await parse("terms list --registration r")).toEqual({ registration: "r" });
    expect(parseCall(ALL, ["--version"], "1.2.3")).toEqual({ kind: "text", text: "1.2.3\n" });
  });

  test("mark", async () => {
    const base = "mark m.onnx --registration r --key k --out o.onnx";
    expect(await parse(base)).toEqual({
      model: "m.onnx",
      registration: "r",
      key: KEY,
      out: "o.onnx",
      weights: "auto",
      readout: "auto",
      labelBudget: 0.005,
      customer: null,
      payload: null,
      rounds: [],
    });
    expect(await parse(`${base} --weights 0.01 --readout off --label-budget 1e-3 --payload x`)).toMatchObject(
      {
        weights: 0.01,
        readout: "off",
        labelBudget: 0.001,
        payload: "x",
      },
    );
  });

  test("a file as suspect", async () => {
    const base = "observe s.onnx --registration r --out o";
    expect(await parse(base)).toEqual({
      suspect: { kind: "file", path: "s.onnx", protocol: "onnx" },
      registration: "r",
      logged: null,
      reference: null,
      budget: null,
      probes: null,
      ...UNPLANNED,
      observer: null,
      folder: { path: "o", resume: false },
    });
    expect(await parse("observe s.onnx --registration r --resume o --protocol onnx-black-box")).toMatchObject(
      {
        suspect: { protocol: "onnx-black-box" },
        folder: { path: "o", resume: true },
      },
    );
  });

  test("an endpoint as suspect", async () => {
    const line =
      "examine HTTPS://thief.example:8443/a --registration r --key k --reference m.onnx --budget 500";
    const more = ["--model", "c", "--rate", "0.5", "--allow-private", "--level", "1e-9", "--out", "e.zip"];
    const headers = ["--header", "Authorization: Bearer a:b ", "--header", "X-Empty:"];
    expect(await parse([...line.split(" "), ...more, ...headers])).toEqual({
      suspect: {
        kind: "endpoint",
        url: new URL("https://thief.example:8443/a"),
        protocol: "oip",
        model: "c",
        config: null,
        headers: [
          ["Authorization", "Bearer a:b"],
          ["X-Empty", ""],
        ],
        allowPrivate: true,
        rate: 0.5,
      },
      registration: "r",
      logged: null,
      key: KEY,
      reference: "m.onnx",
      budget: 500,
      probes: null,
      level: 1e-9,
      resume: null,
      full: false,
      ...UNPLANNED,
      out: "e.zip",
    });
    expect(await parse("examine s.onnx --registration r --key k --probes boundary")).toMatchObject({
      probes: "boundary",
    });
    expect(
      await parse("observe http://localhost --registration r --out o --protocol json --config c.json"),
    ).toMatchObject({
      suspect: { protocol: "json", config: "c.json", rate: null, allowPrivate: false, headers: [] },
    });
    for (const protocol of ["tf-serving", "torchserve", "hf", "sagemaker"]) {
      const asking = `observe http://localhost --registration r --out o --protocol ${protocol} --model m`;
      expect(await parse(asking)).toMatchObject({ suspect: { protocol, model: "m", config: null } });
      expect(await parse(`${asking} --config c`)).toMatchObject({ suspect: { protocol, config: "c" } });
    }
  });

  test("plan", async () => {
    const line =
      "plan s.onnx --protocol onnx-black-box --registration r --out p --tsa http://a/ --allow-private";
    expect(await parse(`${line} --level 1e-8 --draw 40 --beacon drand`)).toEqual({
      suspect: { kind: "file", path: "s.onnx", protocol: "onnx-black-box" },
      registration: "r",
      out: "p",
      budget: 5000,
      probes: "auto",
      level: 1e-8,
      draw: 40,
      anchor: {
        authorities: [{ url: new URL("http://a/"), qualified: false }],
        roots: [],
        policy: null,
        beacon: "drand",
        allowPrivate: true,
      },
    });
  });

  test("what follows a plan", async () => {
    const line = "--registration r --reference m.onnx --plan p --fresh o1 --beacon a --beacon b";
    const followed = { plan: "p", fresh: "o1", rounds: ["a", "b"], budget: null, probes: null };
    const party = ["--observer", "Dr Example", "--observer-key", "o.pem"];
    expect(
      await parse([..."observe s.onnx".split(" "), ...line.split(" "), ...party, "--out", "o"]),
    ).toMatchObject({
      ...followed,
      observer: { name: "Dr Example", key: "o.pem" },
    });
    expect(await parse(`examine s.onnx ${line} --key k`)).toMatchObject({ ...followed, level: null });
    expect(await parse(`trace s.onnx ${line} --key k --customers c`)).toMatchObject({
      ...followed,
      level: null,
    });
    expect(await parse("customers add a --registration r --key k --customers c --beacon b")).toMatchObject({
      rounds: ["b"],
    });
  });

  test.each([
    ["observe s.onnx --registration r --out o --fresh o1", "--fresh"],
    ["observe s.onnx --registration r --out o --observer somebody", "--observer"],
    ["observe s.onnx --registration r --out o --observer-key k.pem", "--observer"],
    ["plan s.onnx --registration r --out p --tsa-ca c.pem", "--tsa"],
    ["plan s.onnx --registration r --out p --draw 0", "--draw"],
  ])("%s is refused", async (line, named) => {
    await expect(parse(line)).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(named),
    });
  });

  test("conclude and evidence", async () => {
    expect(await parse("conclude o --registration r --key k")).toEqual({
      observation: "o",
      registration: "r",
      logged: null,
      key: KEY,
      level: null,
      rounds: [],
      out: null,
    });
    expect(await parse("evidence verify e.zip")).toEqual({
      evidence: "e.zip",
      disclosure: null,
      timestampRoots: [],
      models: null,
      queryLog: null,
    });
    expect(
      await parse("evidence verify e.zip --disclosure d --identity i --suspect s.onnx --reference m.onnx"),
    ).toEqual({
      evidence: "e.zip",
      disclosure: { file: "d", identity: "i" },
      timestampRoots: [],
      models: { suspect: "s.onnx", reference: "m.onnx" },
      queryLog: null,
    });
    expect(
      await parse(
        "evidence verify e.zip --registration r --reference m --query-log q --query-log-identity i",
      ),
    ).toMatchObject({
      models: { registration: "r", reference: "m" },
      queryLog: { folder: "q", identity: "i" },
    });
  });
});

describe("the gateway, which is a program of its own", () => {
  test.each([
    ["gateway --config g.yaml", ["--config", "g.yaml"]],
    [
      "gateway calibrate --model m --data d.npz --out c --level 0.01",
      ["calibrate", "--model", "m", "--data", "d.npz", "--out", "c", "--level", "0.01"],
    ],
    ["gateway check --config g.yaml", ["check", "--config", "g.yaml"]],
    ["gateway key list --keys k.jsonl", ["key", "list", "--keys", "k.jsonl"]],
    ["gateway key revoke 00112233aabb --keys k", ["key", "revoke", "--keys", "k", "--", "00112233aabb"]],
    [
      "gateway key add --keys k --account a --scope m:infer --scope n:* --customer c",
      [
        "key",
        "add",
        "--keys",
        "k",
        "--account",
        "a",
        "--customer",
        "c",
        "--scope",
        "m:infer",
        "--scope",
        "n:*",
      ],
    ],
    [
      "gateway key rotate 00112233aabb --keys k --overlap-hours 2",
      ["key", "rotate", "--keys", "k", "--overlap-hours", "2", "--", "00112233aabb"],
    ],
  ])("%s", async (line, args) => {
    expect(await parse(line)).toEqual({ args });
  });
});

describe("what is refused", () => {
  const EXAMINE = "examine s.onnx --registration r --key k";
  const MARK = "mark m.onnx --registration r --key k --out o";
  const ENDPOINT = "examine http://h --registration r --key k";

  test.each([
    ["", "a command is missing"],
    ["key", "a command is missing"],
    ["steal", "unknown command 'steal'"],
    ["key new", "--out <file>' not specified"],
    ["key new --out k --passphrase --passphrase-env P", "exclude one another"],
    ["key new --out k more", "too many arguments"],
    ["mark --registration r --key k --out o", "missing required argument 'model'"],
    [`${MARK} --strength 2`, "unknown option '--strength'"],
    [`${MARK} --weights strong`, "--weights (or auto, or off) takes a number above 0 to 0.01"],
    [`${MARK} --weights 0`, "takes a number above 0"],
    [`${MARK} --weights 0.02`, "to 0.01"],
    [`${MARK} --weights 0x1`, "takes a number"],
    [`${MARK} --weights NaN`, "takes a number"],
    [`${MARK} --readout 1.5`, "to 1"],
    [`${MARK} --weights off --readout off`, "nothing to mark"],
    [`${MARK} --weights off --payload x`, "lives in the weight mark"],
    [`${MARK} --label-budget 2`, "--label-budget takes a number above 0 to 1"],
    [`${MARK} --payload ${"é".repeat(17)}`, "at most 32 bytes of UTF-8, and this text has 34"],
    ["shadows m.onnx --inputs i --out s --count 1", "--count takes a whole number from 2 to 32"],
    [`${EXAMINE} --budget 0`, "--budget takes a whole number from 1"],
    [`${EXAMINE} --budget 1.5`, "--budget takes a whole number from 1"],
    [`${EXAMINE} --probes random`, "--probes takes auto, uncertain, boundary, shadows"],
    [`${EXAMINE} --level 0.5`, "--level takes a number"],
    [`${EXAMINE} --level 1e-78`, "--level takes a number"],
    [`${EXAMINE} --protocol oip`, "does not fit a file"],
    [`${EXAMINE} --header a:b`, "--header is for endpoints"],
    [`${EXAMINE} --allow-private`, "--allow-private is for endpoints"],
    [`${EXAMINE} --rate 5`, "--rate is for endpoints"],
    [`${ENDPOINT} --protocol onnx`, "does not fit a URL"],
    [`${ENDPOINT} --protocol json`, "needs --config"],
    [`${ENDPOINT} --protocol json --config c --model m`, "--model is for protocols that name models"],
    [`${ENDPOINT} --protocol openai`, "needs --config"],
    [`${ENDPOINT} --config c`, "--config is not for --protocol oip"],
    [`${ENDPOINT} --protocol oip-grpc --config c`, "--config is not for --protocol oip-grpc"],
    [`${ENDPOINT} --rate 0`, "--rate takes a number above 0"],
    [`${ENDPOINT} --header nonsense`, "--header takes a line"],
    ["examine ftp://h --registration r --key k", "must be http or https"],
    ["examine http:// --registration r --key k", "malformed"],
    ["examine http://user:secret@h --registration r --key k", "holds a password"],
    ["observe s.onnx --registration r", "either --out or --resume"],
    ["observe s.onnx --registration r --out o --resume o", "exclude one another"],
    ["observe s.onnx --registration r --out o --key k", "unknown option '--key'"],
    ["secret add --registration r --key k", "nothing to add"],
    ["secret add secret --file f --registration r --key k", "exclude one another"],
    ["secret add --who x --tsa http://t --registration r --key k", "--who needs the type"],
    ["secret add theft --registration r --key k", "no type of an entry"],
    ["secret add secret --currency EUR --registration r --key k", "--currency belongs to --amount"],
    ["secret add correction --of 1 --why x --registration r --key k", "needs --withdraw"],
    ["secret add access-revoked --grant x --registration r --key k", "--grant takes a whole number"],
    ["secret list --registration r --at 2026-02-30", "--at takes a day"],
    ["secret list --registration r --at yesterday", "--at takes a day"],
    ["gateway", "--config is missing"],
    ["gateway check", "--config <file>' not specified"],
    ["gateway key add --keys k --account a", "--scope <model:action>' not specified"],
    ["gateway key", "a command is missing"],
    ["evidence verify e.zip --disclosure d", "--disclosure and --identity go together"],
    ["evidence verify e.zip --reference m", "--suspect and --reference go together"],
    ["evidence verify e.zip --query-log q", "--query-log needs --registration and --reference"],
    ["evidence verify e.zip --query-log-identity i", "--query-log-identity needs --query-log"],
    ["evidence disclose e.zip --key k --out d --recipient AGE-SECRET-KEY-1", "takes an age recipient"],
  ])("%s", async (line, message) => {
    await expect(async () => parse(line === "" ? [] : line)).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(message),
    });
  });

  test("a header cannot smuggle in another", async () => {
    const line = [...ENDPOINT.split(" "), "--header", "A: b\r\nHost: elsewhere"];
    await expect(async () => parse(line)).rejects.toMatchObject({ code: "USAGE" });
  });

  test("neither a passphrase nor a header's secret is repeated", async () => {
    for (const line of [
      ["key", "new", "--out", "k", "--passphrase-env", "hunter2 hunter2"],
      [...ENDPOINT.split(" "), "--header", "Authorization hunter2"],
      "examine http://user:hunter2@h --registration r --key k".split(" "),
    ]) {
      await expect(async () => parse(line)).rejects.toSatisfy((error) => !String(error).includes("hunter2"));
    }
  });

  test("a protocol that does not exist is answered by those that do", async () => {
    for (const base of [EXAMINE, ENDPOINT]) {
      await expect(async () => parse(`${base} --protocol grpc`)).rejects.toMatchObject({
        code: "PROTOCOL_UNAVAILABLE",
        hint: "Available are onnx, onnx-black-box, oip, oip-grpc, tf-serving, torchserve, hf, gradio, sagemaker, openai, json.",
      });
    }
  });
});
