import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CLI, runNode } from "../demo/programs.js";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
export const GATEWAY: string = path.join(ROOT, "apps/gateway/dist/main.js");

/** A model of `test-models/`. */
export function testModel(name: "glyphs" | "innocent-a" | "innocent-b" | "innocent-c"): string {
  return path.join(ROOT, "test-models", `${name}.onnx`);
}

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run a command in a process of its own, whatever its exit code. */
export async function run(...args: string[]): Promise<Ran> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [CLI, ...args], {
      maxBuffer: 2 ** 26,
    });
    return { exitCode: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    if (typeof code !== "number") throw error;
    return { exitCode: code, stdout, stderr };
  }
}

/** A folder with an owner key, drawn glyphs, a registration of the glyph classifier and its marked copy. */
export interface Owner {
  readonly at: (name: string) => string;
  /** Flags of whoever examines for this owner. */
  readonly claim: readonly string[];
  /** All files below the owner's folder, with their sizes. */
  listing(): string[];
  remove(): void;
}

/** @param options.registering further flags of `register` */
export async function registeredOwner(options: {
  readonly mark: boolean;
  readonly registering?: readonly string[];
}): Promise<Owner> {
  const folder = mkdtempSync(path.join(tmpdir(), "indicia-cli-"));
  const at = (name: string): string => path.join(folder, name);
  // Interrupted examinations are kept in the folder for temporary files.
  const temporary = mkdtempSync(path.join(tmpdir(), "indicia-cli-"));
  process.env["TMPDIR"] = temporary;
  for (const name of ["calibration", "pool"]) {
    const draw = path.join(ROOT, "packages/bench/dist/test-models/draw-main.js");
    await runNode(draw, ["--seed", `test ${name}`, "--count", "700", "--out", at(`${name}.npz`)]);
  }
  const key = ["--key", at("owner.key")];
  await done("key", "new", "--out", at("owner.key"));
  const data = ["--calibration", at("calibration.npz"), "--pool", at("pool.npz")];
  const registration = ["--registration", at("registration")];
  const registering = ["register", testModel("glyphs"), ...key, "--out", at("registration")];
  await done(...registering, "--payload", "Copy for Alice", ...data, ...(options.registering ?? []));
  if (options.mark) {
    // So few rows certify no budget; a fixed strength keeps the test the same.
    const strength = ["--readout", "0.15", "--out", at("released.onnx")];
    await done("mark", testModel("glyphs"), ...key, ...registration, ...strength);
  }
  return {
    at,
    claim: [...registration, ...key, "--reference", testModel("glyphs")],
    listing: () =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .map((name) => `${name} ${statSync(at(name)).size}`)
        .sort(),
    remove: () => {
      delete process.env["TMPDIR"];
      for (const each of [folder, temporary]) rmSync(each, { recursive: true, force: true });
    },
  };
}

async function done(...args: string[]): Promise<void> {
  const { exitCode, stderr } = await run(...args);
  if (exitCode !== 0) throw new Error(stderr);
}
