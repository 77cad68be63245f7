import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { answered, call, done } from "./test-support/in-process.js";
import { type Owner, REFERENCE, registeredOwner, testModel } from "./test-support/owner.js";

const GLYPHS = testModel("glyphs");
let owner: Owner;
const servers: Server[] = [];
beforeAll(async () => {
  owner = await registeredOwner({ mark: false });
  await done("observe", GLYPHS, ...registration(), ...REFERENCE, "--out", owner.at("observation"));
  await answered("examine", GLYPHS, ...owner.claim, "--out", owner.at("evidence.zip"));
  for (const name of ["registration", "observation"]) {
    cpSync(owner.at(name), owner.at(`damaged-${name}`), { recursive: true });
  }
  await done("key", "new", "--out", owner.at("other.key"));
  cpSync(owner.at("owner.key"), owner.at("readable.key"));
  chmodSync(owner.at("readable.key"), 0o644);
  writeFileSync(owner.at("text"), "nothing of use\n", { mode: 0o600 });
  mkdirSync(owner.at("folder"));
});
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections();
  owner.remove();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const key = (name = "owner.key"): string[] => ["--key", owner.at(name)];
const registration = (name = "registration"): string[] => ["--registration", owner.at(name)];

/** One line with a code, or with --json one object, and nothing left behind. */
async function expectRefused(args: readonly string[], code: string): Promise<void> {
  const before = owner.listing();
  const prose = await call(...args, "--quiet");
  expect(prose).toEqual({
    exitCode: 2,
    stdout: "",
    stderr: expect.stringMatching(new RegExp(`^${code}: [^\\n]+\\n$`)),
  });
  const { exitCode, stdout, stderr } = await call(...args, "--quiet", "--json");
  expect([exitCode, stderr]).toEqual([2, ""]);
  expect(JSON.parse(stdout)).toEqual({
    error: {
      code: expect.stringMatching(new RegExp(`^${code}$`)),
      message: expect.stringMatching(/^[^\n]+$/),
      hint: expect.stringMatching(/^[^\n]+$/),
    },
  });
  expect(owner.listing()).toEqual(before);
}

/** Arguments with the files of the owner's folder written `@name`. */
function located(line: string): string[] {
  return line.split(" ").map((each) => (each.startsWith("@") ? owner.at(each.slice(1)) : each));
}

const REGISTERED = "--registration @registration";
const KEY = "--key @owner.key";
const EXAMINE = `examine ${GLYPHS} ${REGISTERED} ${KEY} --reference ${GLYPHS}`;
const OBSERVE = `observe ${GLYPHS} ${REGISTERED} --reference ${GLYPHS}`;
const MARK = `mark ${GLYPHS} ${REGISTERED} ${KEY}`;
const DISCLOSE = `evidence disclose @evidence.zip --yes ${KEY} --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p`;

describe("a file that is missing", () => {
  it.each([
    [`register ${GLYPHS} --key @missing --out @new`, "FILE_NOT_FOUND"],
    [`register ${GLYPHS} ${KEY} --pool @missing.npz --out @new`, "[A-Z]+_NOT_FOUND"],
    [`mark @missing.onnx ${REGISTERED} ${KEY} --out @new.onnx`, "ONNX_NOT_FOUND"],
    [`mark ${GLYPHS} --registration @missing ${KEY} --out @new.onnx`, "REGISTRATION_INVALID"],
    [`examine ${GLYPHS} ${REGISTERED} --key @missing`, "FILE_NOT_FOUND"],
    [`examine ${GLYPHS} ${REGISTERED} ${KEY} --reference @missing.onnx`, "FILE_NOT_FOUND"],
    [`examine ${GLYPHS} --registration @missing ${KEY}`, "REGISTRATION_INVALID"],
    [`observe @missing.onnx ${REGISTERED} --out @new`, "ONNX_NOT_FOUND"],
    [`conclude @missing ${REGISTERED} ${KEY}`, "OBSERVATION_INVALID"],
    ["evidence verify @missing.zip", "FILE_NOT_FOUND"],
    ["evidence show @missing.zip", "FILE_NOT_FOUND"],
    ["evidence verify @evidence.zip --disclosure @missing --identity @text", "FILE_NOT_FOUND"],
    ["evidence verify @evidence.zip --disclosure @text --identity @missing", "FILE_NOT_FOUND"],
    [DISCLOSE.replace("@evidence.zip", "@missing.zip").concat(" --out @new"), "FILE_NOT_FOUND"],
  ])("%s", async (line, code) => {
    await expectRefused(located(line), code);
  });
});

describe("a file of another kind", () => {
  it.each([
    [EXAMINE.replace("@owner.key", "@text"), "KEY_FILE_MALFORMED"],
    [EXAMINE.replace("@owner.key", "@readable.key"), "KEY_FILE_MODE"],
    [EXAMINE.replace("@owner.key", "@folder"), "[A-Z_]+"],
    [`examine @folder ${REGISTERED} ${KEY}`, "ONNX_NOT_FOUND"],
    [`register ${GLYPHS} ${KEY} --calibration @folder --out @new`, "[A-Z_]+"],
    [`register ${GLYPHS} ${KEY} --calibration @text --out @new`, "[A-Z_]+"],
    [`register ${GLYPHS} ${KEY} --calibration random:0 --out @new`, "[A-Z_]+"],
    [`conclude @registration ${REGISTERED} ${KEY}`, "OBSERVATION_INVALID"],
    ["evidence show @text", "FILE_KIND"],
    ["evidence verify @folder", "FILE_KIND"],
    [DISCLOSE.replace("@evidence.zip", "@text").concat(" --out @new"), "FILE_KIND"],
    ["evidence verify @evidence.zip --disclosure @text --identity @text", "FILE_KIND"],
  ])("%s", async (line, code) => {
    await expectRefused(located(line), code);
  });
});

describe("what is there already", () => {
  it.each([
    [`register ${GLYPHS} ${KEY} --out @folder`, "OUTPUT_EXISTS"],
    [`${MARK} --out @text`, "OUTPUT_EXISTS"],
    [`${OBSERVE} --out @observation`, "OUTPUT_EXISTS"],
    [`${EXAMINE} --out @evidence.zip`, "OUTPUT_EXISTS"],
    [`conclude @observation ${REGISTERED} ${KEY} --out @evidence.zip`, "OUTPUT_EXISTS"],
    [`${DISCLOSE} --out @text`, "FILE_EXISTS"],
  ])("%s", async (line, code) => {
    const before = readFileSync(owner.at("evidence.zip"));
    await expectRefused(located(line), code);
    expect(readFileSync(owner.at("evidence.zip")).equals(before)).toBe(true);
    expect(readFileSync(owner.at("text"), "utf8")).toBe("nothing of use\n");
  });

  it.each([
    `register ${GLYPHS} ${KEY} --out @nowhere/new`,
    `${MARK} --out @nowhere/new`,
    `${OBSERVE} --out @nowhere/new`,
    `${EXAMINE} --out @nowhere/new`,
    `${DISCLOSE} --out @nowhere/new`,
  ])("or in a folder that is not: %s", async (line) => {
    await expectRefused(located(line), "(FOLDER_INVALID|FILE_NOT_FOUND)");
  });
});

describe("a folder that was damaged", () => {
  const flip = (file: string): void => {
    const bytes = readFileSync(file);
    // Early on: the last line of a chain has nothing after it to hold it.
    const at = bytes.length >> 3;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
  };
  const cut = (file: string): void => truncateSync(file, statSync(file).size >> 1);

  it.each([
    ["registration.json", cut],
    ["registration.json", flip],
    ["basis.f64", flip],
    ["basis.f64", cut],
    ["chain.jsonl", flip],
  ] as const)("registration: %s (%s)", async (name, damage) => {
    const file = owner.at(`damaged-registration/${name}`);
    const whole = readFileSync(file);
    damage(file);
    const damaged = ["examine", GLYPHS, ...registration("damaged-registration"), ...key(), ...REFERENCE];
    await expectRefused(damaged, "[A-Z]+_[A-Z_]+");
    writeFileSync(file, whole);
  });

  it.each([
    ["calibration.npz", flip],
    ["calibration.npz", cut],
  ] as const)("registration to mark with: %s (%s)", async (name, damage) => {
    const file = owner.at(`damaged-registration/${name}`);
    const whole = readFileSync(file);
    damage(file);
    const damaged = [
      "mark",
      GLYPHS,
      ...registration("damaged-registration"),
      ...key(),
      "--out",
      owner.at("n"),
    ];
    await expectRefused(damaged, "[A-Z]+_[A-Z_]+");
    writeFileSync(file, whole);
  });

  it("observation: every file of it", async () => {
    for (const name of readdirSync(owner.at("damaged-observation"))) {
      const file = owner.at(`damaged-observation/${name}`);
      const whole = readFileSync(file);
      flip(file);
      const damaged = ["conclude", owner.at("damaged-observation"), ...registration(), ...key()];
      await expectRefused(damaged, "[A-Z]+_[A-Z_]+");
      writeFileSync(file, whole);
    }
  });

  it("observation of another registration", async () => {
    const other = ["--out", owner.at("other-registration"), "--calibration", "random:64"];
    await done("register", GLYPHS, ...key(), ...other);
    const mixed = ["conclude", owner.at("observation"), ...registration("other-registration"), ...key()];
    await expectRefused(mixed, "WRONG_REGISTRATION");
  });

  it("another key", async () => {
    const other = key("other.key");
    await expectRefused(["examine", GLYPHS, ...registration(), ...other, ...REFERENCE], "WRONG_KEY");
    await expectRefused(["conclude", owner.at("observation"), ...registration(), ...other], "WRONG_KEY");
  });
});

async function listening(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/models/m`;
}

describe("an endpoint that is asked in vain", () => {
  const asking = ["--allow-private", "--rate", "1000", "--budget", "64"];
  const observe = (url: string): string[] => ["observe", url, ...registration(), ...REFERENCE, ...asking];

  it("because it is down leaves nothing in the way of the next attempt", async () => {
    await expectRefused(
      [...observe("http://127.0.0.1:1/v2/models/m"), "--out", owner.at("new")],
      "SUSPECT_UNREACHABLE",
    );
  });

  it("because it does not exist", async () => {
    await expectRefused(
      ["observe", "http://nowhere.invalid/", ...registration(), ...REFERENCE, "--out", owner.at("new")],
      "SUSPECT_[A-Z]+",
    );
  });

  it("because it refuses", async () => {
    const url = await listening((_, response) => response.writeHead(401).end());
    await expectRefused([...observe(url), "--out", owner.at("new")], "SUSPECT_[A-Z_]+");
  });

  it("because it never answers", async () => {
    const url = await listening(() => undefined);
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    const asked: number[] = [];
    vi.spyOn(AbortSignal, "timeout").mockImplementation((milliseconds) => {
      asked.push(milliseconds);
      return timeout(200);
    });
    await expectRefused([...observe(url), "--out", owner.at("new")], "SUSPECT_TIMEOUT");
    expect(Math.max(...asked)).toBeLessThanOrEqual(60_000);
  });

  it("because it lies in one's own network, whatever its address is written as", async () => {
    let reached = 0;
    const url = new URL(
      await listening((_, response) => {
        reached++;
        response.end("{}");
      }),
    );
    for (const host of ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0.0.0.0"]) {
      const target = `http://${host}:${url.port}/v2/models/m`;
      const observing = ["observe", target, ...registration(), ...REFERENCE, "--out", owner.at("new")];
      await expectRefused(observing, "SUSPECT_ADDRESS");
    }
    expect(reached).toBe(0);
  });

  it("without the reference", async () => {
    const url = await listening((_, response) => response.end("{}"));
    const observing = ["observe", url, ...registration(), ...asking, "--out", owner.at("new")];
    await expectRefused(observing, "REFERENCE_REQUIRED");
  });
});
