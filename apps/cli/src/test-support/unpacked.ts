import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { done } from "./in-process.js";
import type { Owner } from "./owner.js";

const run = promisify(execFile);

/** Unzip an owner's `evidence.zip` to `bundle`, and its sub-key, disclosed to age, to `disclosure.json`. */
export async function discloseAndUnpack({ at }: Owner): Promise<void> {
  await run("age-keygen", ["-o", at("expert.txt")]);
  const [recipient = ""] = /age1\w+/.exec(readFileSync(at("expert.txt"), "utf8")) ?? [];
  const key = ["--key", at("owner.key"), "--recipient", recipient];
  await done("evidence", "disclose", at("evidence.zip"), ...key, "--out", at("disclosure.age"), "--yes");
  await run("unzip", ["-q", at("evidence.zip"), "-d", at("bundle")]);
  await run("age", ["-d", "-i", at("expert.txt"), "-o", at("disclosure.json"), at("disclosure.age")]);
}

/** What the commands of the bundle's own VERIFY.md print. */
export async function followInstructions({ at }: Owner): Promise<string> {
  const blocks = readFileSync(at("bundle/VERIFY.md"), "utf8").matchAll(/^```sh\n(.*?)^```$/gms);
  writeFileSync(at("verify.sh"), [...blocks].map(([, commands]) => commands).join("\n"));
  const options = { cwd: at("bundle") };
  const { stdout, stderr } = await run("bash", ["-e", "-o", "pipefail", at("verify.sh")], options);
  return stdout + stderr;
}

/** ln p as the bundle's own recompute.mjs prints it. */
export async function recomputedLnP({ at }: Owner): Promise<number> {
  const script = [at("bundle/recompute.mjs"), at("bundle"), at("disclosure.json")];
  const { stdout } = await run(process.execPath, script);
  const [, lnP = "NaN"] = /"lnP":(-[\d.]+)/.exec(stdout) ?? [];
  return Number(lnP);
}
