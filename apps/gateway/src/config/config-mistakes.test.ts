import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../error.js";
import { parseConfig } from "./read-config.js";

const where = { name: "gateway.yaml", folder: "/etc/gateway", environment: {} };
const MODEL = "models:\n  - { name: m, file: m.onnx }\n";

/** Code, message and hint of the refusal, or null. */
function refused(text: string): string | null {
  try {
    parseConfig(text, where);
    return null;
  } catch (error) {
    if (error instanceof GatewayError) return `${error.code} ${error.message} | ${error.hint}`;
    throw error;
  }
}

describe("what is told of a mistake: its place, its line, and what would do", () => {
  it.each([
    ["nothing", "", "the file"],
    ["no models", "listen: {}\n", "models: is missing"],
    [
      "an unknown setting",
      `${MODEL}acces: {}\n`,
      'the file (line 3): has no setting "acces" | Known here are listen, models, access,',
    ],
    [
      "one further in",
      `${MODEL}listen:\n  prot: 1\n`,
      'listen (line 4): has no setting "prot" | Known here are host, port,',
    ],
    ["a missing file", "models:\n  - name: m\n", "models[0] (line 2): needs one of file, vault and upstream"],
    ["a port that is none", `${MODEL}listen:\n  port: 70000\n`, "listen.port (line 4)"],
    [
      "a policy that is none",
      "models: [{ name: m, file: f, outputs: some }]",
      "models[0].outputs (line 1): is full, labels",
    ],
    [
      "a name twice",
      `${MODEL}  - { name: m, file: n }\n`,
      "models[1].name (line 3): is the name of models[0] too",
    ],
    [
      "marking for nobody",
      "models:\n  - name: m\n    file: f\n    marking: { registration: r, gatewayKey: k }\n",
      "marking (line 4): needs customers, logged, or both",
    ],
    [
      "an admin page that nobody can open",
      `${MODEL}ops: { metrics: { port: 1 }, admin: {} }\n`,
      "ops.admin (line 3): needs access.keys",
    ],
    [
      "an admin page without an address",
      `${MODEL}access: { keys: k }\nops: { admin: {} }\n`,
      "ops.admin (line 4): needs metrics",
    ],
    ["access by nothing", `${MODEL}access: {}\n`, "access (line 3): needs keys, jwt, mtls"],
    [
      "a window of requests without end",
      `${MODEL}limits:\n  rules:\n    - { per: key, count: rows, most: 1, window: ever }\n`,
      "limits.rules[0].window (line 5): is at most 14d",
    ],
    [
      "a window in no unit",
      `${MODEL}limits:\n  rules:\n    - { per: key, count: rows, most: 1, window: 60 }\n`,
      "limits.rules[0].window (line 5)",
    ],
    [
      "a limit for no model",
      `${MODEL}limits: { rules: [{ per: key, model: n, count: rows, most: 1, window: 1m }] }`,
      "limits.rules[0].model (line 3): is n, which is not among",
    ],
    [
      "a limit per nothing",
      `${MODEL}limits: { rules: [{ per: person, count: rows, most: 1, window: 1m }] }`,
      "is none of key, account, organisation",
    ],
    [
      "a variable that is not set",
      `${MODEL}limits:\n  store: { postgres: { env: NO } }\n  rules: [{ per: key, count: rows, most: 1, window: 1m }]`,
      "environment variable NO, which is not set",
    ],
    [
      "a vault that is none",
      "models: [{ name: m, vault: m }]",
      "models[0].vault (line 1): is a model of a vault",
    ],
    [
      "a customer's mark of an endpoint",
      "models:\n  - name: m\n    upstream: { url: 'http://h', scores: { output: p, classes: 2, tail: softmax } }\n    marking: { registration: r, gatewayKey: k, customers: c }\n",
      "models[0].marking (line 4): is of an endpoint, whose features are out of reach",
    ],
    [
      "an endpoint in no address",
      "models: [{ name: m, upstream: { url: h, scores: { output: p, classes: 2, tail: softmax } } }]",
      "models[0].upstream.url (line 1): is an http(s) address",
    ],
    ["two sources", "models: [{ name: m, vault: m, file: f }]", "needs one of file, vault and upstream"],
    [
      "alerts to nobody",
      "models: [{ name: m, file: f, monitor: { calibration: c, actions: [alert] } }]",
      "models[0].monitor.actions (line 1): has alert",
    ],
    [
      "suspicion of no use",
      "models: [{ name: m, file: f, monitor: { calibration: c, actions: [perturb] } }]",
      "has perturb, and there is no perturbation",
    ],
    [
      "unusual queries that nobody tells",
      "models: [{ name: m, file: f, perturbation: { kind: keyed-noise, secret: s, unusual: 0.5 } }]",
      "has unusual, and no monitor with perturb tells what is",
    ],
    [
      "more for usual queries",
      "models: [{ name: m, file: f, perturbation: { kind: keyed-noise, secret: s, budget: 0.2, unusual: 0.1 } }]",
      "has a budget above what unusual queries get",
    ],
    [
      "noise without a key",
      "models: [{ name: m, file: f, perturbation: { kind: keyed-noise } }]",
      "needs a secret, or a marking",
    ],
    [
      "terms for nobody",
      `${MODEL}terms: { file: t, acceptances: a }\n`,
      "terms (line 3): needs a model whose marking has customers",
    ],
    [
      "a scope that is none",
      `${MODEL}access: { mtls: { header: h, proxies: [::1], accounts: [{ certificate: c, account: a, scopes: [infer] }] } }`,
      "access.mtls.accounts[0].scopes[0] (line 3): is MODEL:ACTION",
    ],
  ])("%s", (_, text, told) => {
    expect(refused(text)).toContain(told);
    expect(refused(text)).toMatch(/^CONFIG_INVALID gateway\.yaml: /);
  });

  it("several are told at once", () => {
    const told = refused("models: [{ name: m }, { file: f }]\nlisten: { port: x }\n");
    for (const each of ["models[0] (line 1)", "models[1].name", "listen.port"]) expect(told).toContain(each);
  });

  it.each([
    ["no YAML", "models: [\n"],
    ["a key twice", `${MODEL}${MODEL}`],
    [
      "a bomb of aliases",
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c]\n`,
    ],
  ])("%s", (_, text) => {
    expect(refused(text)).toMatch(/^CONFIG_MALFORMED /);
  });
});

it("whatever is written, it is read or refused", () => {
  const words = fc.constantFrom(
    "models",
    "listen",
    "access",
    "limits",
    "name",
    "file",
    "m",
    "port",
    "1",
    "-1",
    "null",
    "true",
    "{}",
    "[]",
    "~",
    "rules",
    "per",
    "key",
    "\n",
    "  ",
    "- ",
    ": ",
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 40 }), (parts) => {
      const told = refused(parts.join(""));
      expect(told === null || /^CONFIG_(?:INVALID|MALFORMED) /.test(told)).toBe(true);
    }),
    { numRuns: 30 },
  );
});
