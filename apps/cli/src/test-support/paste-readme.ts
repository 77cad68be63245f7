import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
/** The port that the README names, which may be taken here. */
const PORT = /8080/g;

/** At a terminal aliases count; here the first failure ends all, and the gateway with it. */
const BEFORE = `shopt -s expand_aliases\nset -e\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n`;

/** What a section said when it was pasted, and every command of it succeeded. */
export interface Pasted {
  /** How many blocks it has. */
  readonly blocks: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Paste the `sh` blocks of a section of README.md into one shell that stands in the checkout, as a reader would.
 *
 * @param heading of the section, with its number signs
 * @param temporary where `mktemp` makes its folders
 * @param after further commands
 * @throws the error of the first command that fails, with all that was said
 */
export async function pasteReadme(heading: string, temporary: string, after = ""): Promise<Pasted> {
  const readme = readFileSync(path.join(ROOT, "README.md"), "utf8");
  const begins = readme.indexOf(`\n${heading}\n`);
  if (begins < 0) throw new TypeError(`README.md has no section "${heading}"`);
  const from = readme.slice(begins + heading.length + 1);
  const section = /^[^]*?(?=\n##? |$(?![^]))/.exec(from)?.[0] ?? "";
  const blocks = [...section.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = ""]) => block);
  const port = String(await freePort());
  const script = `${BEFORE}${blocks.join("\n").replace(PORT, port)}\n${after}\n`;
  const options = { cwd: ROOT, env: { ...process.env, TMPDIR: temporary }, maxBuffer: 2 ** 26 };
  const { stdout, stderr } = await promisify(execFile)("bash", ["-c", script], options);
  return { blocks: blocks.length, stdout, stderr };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new TypeError("a port was asked for");
  return address.port;
}
