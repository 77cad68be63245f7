import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { sharedPath } from "@indicia/testkit/shared-path";
import { trimEnd, trimStart } from "../magika/whitespace.js";
import { portablePackages } from "./installed.js";

/** Shorter files are told by hardly more than their length. */
const MIN_BYTES = 64;
const MAX_BYTES: number = 1024 ** 2;
/** What a classifier of file types reads of either end. */
const END_BYTES = 1024;

/** What lies in the shared folder for tests and benchmarks. */
const SHARED_FOLDERS = ["data", "licences", "models"];

/** A file that may be in the corpus. */
export interface Candidate {
  readonly sha256: string;
  readonly bytes: number;
  readonly source: string;
  /** Whose it is, without version: a bundled package counts as itself. */
  readonly owner: string;
  /** File name in lower case. */
  readonly file: string;
  /** Folder that holds the file, in lower case. */
  readonly folder: string;
  /** Hash of what a classifier reads: both ends without white space. */
  readonly ends: string;
}

/** Every file of the portable packages and of the shared folder that has a fitting size, sorted by source. */
export async function scanCandidates(): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const { name, version, folder } of await portablePackages()) {
    await scanFolder(folder, `${name}@${version}`, name, found);
  }
  for (const folder of SHARED_FOLDERS) {
    await scanFolder(sharedPath(folder), `shared/${folder}`, `shared/${folder}`, found);
  }
  return found.sort((a, b) => (a.source < b.source ? -1 : 1));
}

async function scanFolder(folder: string, prefix: string, owner: string, found: Candidate[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) {
    const inner = path.join(folder, entry.name);
    // Launchers are written at install, and hold the paths of this machine.
    if (entry.isDirectory() && entry.name !== ".bin") {
      await scanFolder(inner, `${prefix}/${entry.name}`, owner, found);
    } else if (entry.isFile()) {
      const candidate = await describeFile(inner, `${prefix}/${entry.name}`, owner);
      if (candidate !== null) found.push(candidate);
    }
  }
}

async function describeFile(file: string, source: string, owner: string): Promise<Candidate | null> {
  const { size } = await stat(file);
  if (size < MIN_BYTES || size > MAX_BYTES) return null;
  const content = await readFile(file);
  const trimmed = trimEnd(trimStart(content));
  if (trimmed.length < MIN_BYTES) return null;
  const parts = source.split("/");
  return {
    sha256: sha256(content),
    bytes: size,
    source,
    owner: ownerOf(parts, owner),
    file: (parts.at(-1) ?? "").toLowerCase(),
    folder: (parts.at(-2) ?? "").toLowerCase(),
    ends: sha256(trimmed.subarray(0, END_BYTES), trimmed.subarray(Math.max(0, trimmed.length - END_BYTES))),
  };
}

/** The innermost package that a file belongs to. */
export function ownerOf(parts: readonly string[], owner: string): string {
  const at = parts.lastIndexOf("node_modules");
  if (at < 0) return owner;
  const [scope = "", name = ""] = parts.slice(at + 1);
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}

function sha256(...parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
