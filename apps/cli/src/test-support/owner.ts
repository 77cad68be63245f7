import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { oncePerRun } from "@indicia/testkit/once-per-run";
import { runNode } from "../demo/programs.js";
import { done } from "./in-process.js";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
export const GATEWAY: string = path.join(ROOT, "apps/gateway/dist/main.js");

/** A model of `test-models/`. */
export function testModel(name: "glyphs" | "innocent-a" | "innocent-b" | "innocent-c"): string {
  return path.join(ROOT, "test-models", `${name}.onnx`);
}

/** Draw glyphs, as the test models know them, into a .npz. */
export async function drawGlyphs(seed: string, count: number, out: string): Promise<void> {
  const draw = path.join(ROOT, "packages/bench/dist/test-models/draw-main.js");
  await runNode(draw, ["--seed", seed, "--count", String(count), "--out", out]);
}

/** A folder with an owner key, drawn glyphs, a registration of the glyph classifier and its marked copy. */
export interface Owner {
  readonly at: (name: string) => string;
  readonly key: readonly string[];
  readonly registration: readonly string[];
  /** Flags of whoever examines for this owner. */
  readonly claim: readonly string[];
  /** All files below the owner's folder, with their sizes. */
  listing(): string[];
  readonly remove: () => void;
}

/** Flags of the reference that the owner registers. */
export const REFERENCE: readonly string[] = ["--reference", testModel("glyphs")];

/**
 * A copy of the owner that all tests of a run share, to do with as one likes.
 *
 * @param options.registering further flags of `register`, with which the registration is made anew
 */
export async function registeredOwner(options: {
  readonly mark: boolean;
  readonly registering?: readonly string[];
}): Promise<Owner> {
  const folder = mkdtempSync(path.join(tmpdir(), "indicia-cli-"));
  const at = (name: string): string => path.join(folder, name);
  // Interrupted examinations are kept in the folder for temporary files.
  const temporary = mkdtempSync(path.join(tmpdir(), "indicia-cli-"));
  if (options.registering === undefined) {
    const shared = options.mark ? oncePerRun("marked-owner", mark) : oncePerRun("owner", register);
    cpSync(await shared, folder, { recursive: true });
  } else {
    await register(folder, options.registering);
    if (options.mark) await releaseCopy(folder);
  }
  process.env["TMPDIR"] = temporary;
  const [key, registration] = [keyIn(folder), registrationIn(folder)];
  return {
    at,
    key,
    registration,
    claim: [...registration, ...key, ...REFERENCE],
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

const keyIn = (folder: string): string[] => ["--key", path.join(folder, "owner.key")];
const registrationIn = (folder: string): string[] => ["--registration", path.join(folder, "registration")];

async function register(folder: string, more: readonly string[] = []): Promise<void> {
  const drawn = (name: string): string => path.join(folder, `${name}.npz`);
  for (const name of ["calibration", "pool"]) await drawGlyphs(`test ${name}`, 700, drawn(name));
  await done("key", "new", "--out", path.join(folder, "owner.key"));
  const data = ["--calibration", drawn("calibration"), "--pool", drawn("pool")];
  const registering = ["register", testModel("glyphs"), ...keyIn(folder), ...data, ...more];
  await done(...registering, "--payload", "Copy for Alice", "--out", path.join(folder, "registration"));
}

async function mark(folder: string): Promise<void> {
  cpSync(await oncePerRun("owner", register), folder, { recursive: true });
  await releaseCopy(folder);
}

/** So few rows certify no budget; a fixed strength keeps the test the same. */
async function releaseCopy(folder: string): Promise<void> {
  const strength = ["--readout", "0.15", "--out", path.join(folder, "released.onnx")];
  await done("mark", testModel("glyphs"), ...keyIn(folder), ...registrationIn(folder), ...strength);
}
