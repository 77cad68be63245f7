import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bind, type BoundCommand } from "./command.js";
import { keyNew } from "./commands/key-new.js";
import type { Context, Job } from "@indicia/operations/context";
import { readKeyFile } from "@indicia/operations/key-file";
import { runCli, type Surroundings } from "./run-cli.js";

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "indicia-cli-"));
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function call(
  commands: readonly BoundCommand[],
  argv: readonly string[],
  changed: Partial<Surroundings> = {},
): Promise<Ended> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const exitCode = await runCli(commands, argv, {
    stdout,
    stderr,
    environment: {},
    signal: new AbortController().signal,
    now: () => new Date(0),
    askSecret: null,
    version: "1.2.3",
    ...changed,
  });
  return { exitCode, stdout: written(stdout), stderr: written(stderr) };
}

function written(stream: PassThrough): string {
  const text: unknown = stream.setEncoding("utf8").read();
  return typeof text === "string" ? text : "";
}

/** The frame around any job. */
function withJob(run: Job<unknown>): BoundCommand[] {
  return [
    bind(
      { name: "try", summary: "", example: "", declare: (command) => command, read: () => ({}) },
      async () => run,
    ),
  ];
}

/** A job that shows a bar, says a line and reports. */
function talking(exitCode: 0 | 1): BoundCommand[] {
  return withJob(async (_options, { say, progress }: Context) => {
    progress("working").update(1, 2);
    say("half \u001b[31mdone");
    return { exitCode, report: { verdict: "inconclusive", log10P: -0.5 } };
  });
}

describe("the frame", () => {
  test.each([0, 1] as const)("prose goes to stderr, the job's exit code %d is ours", async (exitCode) => {
    expect(await call(talking(exitCode), ["try"])).toEqual({
      exitCode,
      stdout: "",
      stderr: "half \\u001b[31mdone\n",
    });
  });

  test("--json puts one object on stdout and nothing else", async () => {
    const { stdout, stderr } = await call(talking(0), ["try", "--json"]);
    expect(JSON.parse(stdout)).toEqual({ verdict: "inconclusive", log10P: -0.5 });
    expect(stderr).toBe("half \\u001b[31mdone\n");
  });

  test("--quiet says nothing, not even on a terminal", async () => {
    const stderr = Object.assign(new PassThrough(), { isTTY: true });
    expect(await call(talking(0), ["try", "--quiet"], { stderr })).toMatchObject({ exitCode: 0, stdout: "" });
    expect(stderr.read()).toBeNull();
  });

  test("a bar is drawn on a terminal alone, and gone before a line is said", async () => {
    const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
    await call(talking(0), ["try"], { stderr });
    const shown = String(stderr.read());
    expect(shown).toContain("working ############------------ 50 %");
    expect(shown.lastIndexOf("working")).toBeLessThan(shown.indexOf("half"));
  });

  test("a fault is INTERNAL and 3, with its stack only for who asks", async () => {
    const failing = withJob(async () => {
      throw new TypeError("x is undefined");
    });
    expect(await call(failing, ["try"])).toMatchObject({
      exitCode: 3,
      stdout: "",
      stderr: expect.stringMatching(/^INTERNAL: TypeError: x is undefined\. .*\n$/),
    });
    const { stderr } = await call(failing, ["try"], { environment: { INDICIA_DEBUG: "1" } });
    expect(stderr).toContain("run-cli.test.ts");
  });

  test("a usage error is 2, in JSON where JSON was asked for", async () => {
    const { exitCode, stdout, stderr } = await call(talking(0), ["try", "--nonsense", "--json"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({
      error: { code: "USAGE", message: "unknown option '--nonsense'", hint: expect.any(String) },
    });
  });

  test("help and version go to stdout", async () => {
    expect(await call(talking(0), ["--version"])).toEqual({ exitCode: 0, stdout: "1.2.3\n", stderr: "" });
    expect(await call(talking(0), ["--help"])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("try"),
    });
  });
});

describe("key new", () => {
  const commands = [bind(keyNew, async () => (await import("@indicia/operations/key-new")).keyNew)];

  test("makes a different key every time, and says that it lies in the clear", async () => {
    const files = [path.join(folder, "one.key"), path.join(folder, "two.key")];
    for (const file of files) {
      const { exitCode, stdout, stderr } = await call(commands, ["key", "new", "--out", file, "--json"]);
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toEqual({ key: file, encrypted: false });
      expect(stderr).toContain("in the clear");
    }
    const [one, two] = files.map((file) => fs.readFileSync(file, "utf8"));
    expect(one).not.toBe(two);
  });

  test("encrypts with a passphrase from the environment", async () => {
    const file = path.join(folder, "owner.key");
    const environment = { SECRET: "six random words would do" };
    const argv = ["key", "new", "--out", file, "--passphrase-env", "SECRET", "--json"];
    const { exitCode, stdout } = await call(commands, argv, { environment });
    expect({ exitCode, ...JSON.parse(stdout) }).toEqual({ exitCode: 0, key: file, encrypted: true });
    expect(fs.readFileSync(file, "utf8")).not.toContain("indicia-key-1");
    const key = await readKeyFile({ path: file, passphraseEnv: "SECRET" }, { environment, askSecret: null });
    expect(key).toHaveLength(32);
  });

  test("asks twice where it may", async () => {
    const file = path.join(folder, "owner.key");
    const asked: string[] = [];
    const askSecret = async (question: string): Promise<string> => {
      asked.push(question);
      return asked.length === 1 ? "one" : "another";
    };
    const { exitCode, stderr } = await call(commands, ["key", "new", "--out", file, "--passphrase"], {
      askSecret,
    });
    expect({ exitCode, asked: asked.length }).toEqual({ exitCode: 2, asked: 2 });
    expect(stderr).toMatch(/^PASSPHRASE_DIFFERS: /);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test("a folder that is not there is one line and 2", async () => {
    const file = path.join(folder, "nowhere", "owner.key");
    expect(await call(commands, ["key", "new", "--out", file])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^FILE_NOT_FOUND: [^\n]*\n$/),
    });
  });
});
