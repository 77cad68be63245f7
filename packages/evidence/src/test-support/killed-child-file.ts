import { spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "vite";

/**
 * Make a program of a child that plain Node can run; returns its path in a new folder.
 *
 * @param name of a module of this folder, without .ts
 */
export async function buildChild(name: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-crash-"));
  await build({
    configFile: false,
    logLevel: "silent",
    root: import.meta.dirname,
    ssr: { noExternal: true },
    build: {
      ssr: path.join(import.meta.dirname, `${name}.ts`),
      outDir: folder,
      minify: false,
      target: "node20",
    },
  });
  return path.join(folder, `${name}.js`);
}

/** Lines that a child said before it was killed, some milliseconds after its first; one that was cut off was not said. */
export async function linesOfKilled(args: readonly string[], milliseconds: number): Promise<string[]> {
  const child = spawn(process.execPath, [...args], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (text: string) => {
    if (output === "") setTimeout(() => child.kill("SIGKILL"), milliseconds);
    output += text;
  });
  await new Promise((resolve) => {
    child.once("close", resolve);
  });
  return output.split("\n").slice(0, -1);
}
