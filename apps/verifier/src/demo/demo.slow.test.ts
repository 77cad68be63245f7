import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Findings, Investigation } from "../shapes/investigations.js";
import type { Page } from "../shapes/common.js";
import { signIn } from "./own-client.js";

const DEMO: string = path.join(import.meta.dirname, "../../dist/demo/main.js");

let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(path.join(os.tmpdir(), "indicia-demo-test-"));
});
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

test("the thief is caught, the competitor is not, and nothing is left behind", async () => {
  const child = spawn(process.execPath, [DEMO], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: temporary },
  });
  const exited = once(child, "exit");
  let link: URL | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /^Open (\S+)$/.exec(line)?.[1];
    if (found === undefined) continue;
    link = new URL(found);
    break;
  }
  // Whatever it says later is not read, and must not keep it from going on.
  child.stdout.resume();
  const ticket = new URLSearchParams(link?.hash.slice(1)).get("ticket") ?? "";
  const client = await signIn(link?.origin ?? "", ticket);
  const ended = async (): Promise<readonly Investigation[]> => {
    for (;;) {
      const { items } = await client.get<Page<Investigation>>("/investigations");
      if (items.length === 2 && items.every(({ finished }) => finished !== null)) return items;
      await sleep(500);
    }
  };
  const verdicts = new Map((await ended()).map(({ name, verdict }) => [name, verdict]));
  expect(verdicts).toEqual(
    new Map([
      ["Is it ours? A thief's endpoint", "match"],
      ["Is it ours? An honest competitor's endpoint", "inconclusive"],
    ]),
  );
  const thief = (await ended()).find(({ verdict }) => verdict === "match");
  const findings = await client.get<Findings>(`/investigations/${thief?.id}/findings`);
  expect(findings.witnesses[0]?.access).toBe("labels");
  expect(existsSync(temporary) && readdirSync(temporary).length > 0).toBe(true);
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
  expect(readdirSync(temporary).filter((name) => name.startsWith("indicia-verifier-"))).toEqual([]);
});
