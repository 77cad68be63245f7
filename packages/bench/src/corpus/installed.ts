import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { rootPath } from "../root.js";
import { lockedPackages } from "./lockfile.js";

/** Where a package's own files lie. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  /** True for packages that are built for one system or processor. */
  readonly platform: boolean;
}

/** Where pnpm keeps one copy of each package. */
const STORE: string = rootPath("node_modules", ".pnpm");

/**
 * Every package in the workspace's store, by `name@version`. They are told by their own package.json, since pnpm
 * shortens folder names differently from system to system.
 */
export async function installedPackages(): Promise<Map<string, InstalledPackage>> {
  const found = new Map<string, InstalledPackage>();
  for (const entry of (await readdir(STORE)).sort()) {
    for (const folder of await ownFolders(path.join(STORE, entry, "node_modules"))) {
      const installed = await describePackage(folder);
      if (installed === null) continue;
      const id = `${installed.name}@${installed.version}`;
      if (!found.has(id)) found.set(id, installed);
    }
  }
  return found;
}

/** Those of the packages that are installed on every platform; the store may hold leftovers that are locked no more. */
export async function portablePackages(): Promise<InstalledPackage[]> {
  const locked = lockedPackages(await readFile(rootPath("pnpm-lock.yaml"), "utf8"));
  const installed = await installedPackages();
  return [...installed].filter(([id, { platform }]) => locked.has(id) && !platform).map(([, found]) => found);
}

/** Folders of packages; links lead to other entries of the store. */
async function ownFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders: string[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
    const inner = path.join(folder, entry.name);
    if (entry.name.startsWith("@")) folders.push(...(await ownFolders(inner)));
    else folders.push(inner);
  }
  return folders;
}

async function describePackage(folder: string): Promise<InstalledPackage | null> {
  const text = await readFile(path.join(folder, "package.json"), "utf8").catch(() => null);
  if (text === null) return null;
  const manifest = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const { name, version } = manifest;
  if (typeof name !== "string" || typeof version !== "string") return null;
  return { name, version, folder, platform: ["os", "cpu", "libc"].some((field) => field in manifest) };
}
