import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { armor, Encrypter } from "age-encryption";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { OperationError, type OperationErrorCode } from "./error.js";
import { readKeyFile, writeKeyFile } from "./key-file.js";

/** scrypt at this cost takes no time; what it protects is not what is tested here. */
const CHEAP = { workFactor: 4 };
const NOBODY = { environment: {}, askSecret: null };
const KEY = Uint8Array.from({ length: 32 }, (_, index) => index * 7);

let folder: string;
let file: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "indicia-key-"));
  file = path.join(folder, "owner.key");
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

async function codeOf(failing: Promise<unknown>): Promise<OperationErrorCode> {
  const error = await failing.then(
    () => new Error("nothing failed"),
    (reason: unknown) => reason,
  );
  if (error instanceof OperationError) return error.code;
  throw error;
}

function read(passphrase?: string): Promise<Uint8Array> {
  const source = { path: file, passphraseEnv: passphrase === undefined ? null : "SECRET" };
  return readKeyFile(source, { environment: { SECRET: passphrase }, askSecret: null });
}

describe("in the clear", () => {
  test("any key comes back, and the file says what it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), async (key) => {
        fs.rmSync(file, { force: true });
        await writeKeyFile(file, key, null);
        expect(await read()).toEqual(Uint8Array.from(key));
      }),
      { numRuns: 20 },
    );
    expect(fs.readFileSync(file, "utf8")).toMatch(/^indicia-key-1\n[0-9a-f]{64}\n$/);
  });

  test("only its owner may read it, whatever the umask", async () => {
    const before = process.umask(0);
    try {
      await writeKeyFile(file, KEY, null);
    } finally {
      process.umask(before);
    }
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.readdirSync(folder)).toEqual(["owner.key"]);
  });

  test("nothing is overwritten, and nothing is left behind", async () => {
    fs.writeFileSync(file, "precious");
    expect(await codeOf(writeKeyFile(file, KEY, null))).toBe("KEY_FILE_EXISTS");
    expect(fs.readFileSync(file, "utf8")).toBe("precious");
    expect(fs.readdirSync(folder)).toEqual(["owner.key"]);
  });

  test("not even a link that leads nowhere is replaced", async () => {
    fs.symlinkSync(path.join(folder, "nowhere"), file);
    expect(await codeOf(writeKeyFile(file, KEY, null))).toBe("KEY_FILE_EXISTS");
  });

  test.each([0o640, 0o604, 0o660, 0o644, 0o610])("mode %o is refused", async (mode) => {
    await writeKeyFile(file, KEY, null);
    fs.chmodSync(file, mode);
    expect(await codeOf(read())).toBe("KEY_FILE_MODE");
  });

  test("a key that may only be read is fine", async () => {
    await writeKeyFile(file, KEY, null);
    fs.chmodSync(file, 0o400);
    expect(await read()).toEqual(KEY);
  });

  test.each([
    "",
    "indicia-key-1\n",
    `indicia-key-2\n${"0".repeat(64)}\n`,
    `indicia-key-1\n${"0".repeat(63)}\n`,
    `indicia-key-1\n${"0".repeat(65)}\n`,
    `indicia-key-1\n${"0".repeat(63)}g\n`,
    `indicia-key-1\n${"0".repeat(64)}\nmore\n`,
    `x\nindicia-key-1\n${"0".repeat(64)}\n`,
    `indicia-key-1\n${"0".repeat(64)}\n${" ".repeat(20_000)}`,
  ])("%j is no key file", async (text) => {
    fs.writeFileSync(file, text, { mode: 0o600 });
    expect(await codeOf(read())).toBe("KEY_FILE_MALFORMED");
  });

  test("neither is a folder, nor a pipe that nobody writes to", async () => {
    fs.mkdirSync(file, { mode: 0o700 });
    expect(await codeOf(read())).toBe("KEY_FILE_MALFORMED");
    fs.rmdirSync(file);
    execFileSync("mkfifo", ["-m", "600", file]);
    expect(await codeOf(read())).toBe("KEY_FILE_MALFORMED");
  });
});

describe("with a passphrase", () => {
  beforeEach(() => writeKeyFile(file, KEY, "six random words would do", CHEAP));

  test("the key comes back, and does not stand in the file", async () => {
    expect(await read("six random words would do")).toEqual(KEY);
    const stored = fs.readFileSync(file, "utf8");
    expect(stored).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n[^]*-----END AGE ENCRYPTED FILE-----\n$/);
    expect(Buffer.from(stored.split("\n").slice(1, -2).join(""), "base64").toString("latin1")).toMatch(
      /^age-encryption\.org\/v1\n-> scrypt /,
    );
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  });

  test("it is asked for where no variable is named", async () => {
    const questions: string[] = [];
    const askSecret = async (question: string): Promise<string> => {
      questions.push(question);
      return "six random words would do";
    };
    expect(await readKeyFile({ path: file, passphraseEnv: null }, { environment: {}, askSecret })).toEqual(
      KEY,
    );
    expect(questions).toEqual([`Passphrase of ${file}`]);
  });

  test("a wrong, an empty and a missing one are told apart", async () => {
    expect(await codeOf(read("six random words"))).toBe("PASSPHRASE_WRONG");
    expect(await codeOf(read(""))).toBe("PASSPHRASE_EMPTY");
    expect(await codeOf(read())).toBe("PASSPHRASE_REQUIRED");
    const unset = readKeyFile({ path: file, passphraseEnv: "SECRET" }, NOBODY);
    expect(await codeOf(unset)).toBe("PASSPHRASE_REQUIRED");
  });

  test("every changed character of the file is noticed", async () => {
    const stored = fs.readFileSync(file, "latin1");
    for (let at = stored.indexOf("\n") + 1; at < stored.length - 40; at += 11) {
      const changed = stored[at] === "A" ? "B" : "A";
      fs.writeFileSync(file, `${stored.slice(0, at)}${changed}${stored.slice(at + 1)}`);
      expect(await codeOf(read("six random words would do"))).toMatch(
        /^(KEY_FILE_MALFORMED|PASSPHRASE_WRONG)$/,
      );
    }
  });

  test.each([
    ["cut short", (stored: string) => stored.slice(0, 200)],
    ["something else inside", async () => encrypted("no key at all")],
    ["not meant for a passphrase", async () => encrypted("indicia-key-1", true)],
    ["a cost that would take hours", (stored: string) => withCost(stored, 40)],
  ])("%s", async (_what, change) => {
    fs.writeFileSync(file, await change(fs.readFileSync(file, "utf8")));
    expect(await codeOf(read("six random words would do"))).toMatch(
      /^(KEY_FILE_MALFORMED|PASSPHRASE_WRONG)$/,
    );
  });
});

async function encrypted(text: string, toRecipient = false): Promise<string> {
  const encrypter = new Encrypter();
  if (toRecipient) encrypter.addRecipient("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p");
  else encrypter.setPassphrase("six random words would do");
  encrypter.setScryptWorkFactor(CHEAP.workFactor);
  return armor.encode(await encrypter.encrypt(text));
}

function withCost(stored: string, workFactor: number): string {
  const text = Buffer.from(armor.decode(stored)).toString("latin1");
  return armor.encode(Buffer.from(text.replace(/^(-> scrypt \S+) \d+$/m, `$1 ${workFactor}`), "latin1"));
}
