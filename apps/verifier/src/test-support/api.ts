import { setTimeout as sleep } from "node:timers/promises";
import { readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { packEntry, writeZip } from "@indicia/evidence/zip-write";
import type { Role } from "../shapes/access.js";
import type { Problem } from "../shapes/common.js";
import type { TestService } from "./test-service.js";

/** An answer with what it says. */
export interface Answered<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** Upload, as the investigator unless told. @returns the id */
export async function uploadAs(
  service: TestService,
  name: string,
  bytes: Uint8Array,
  role: Role = "investigator",
): Promise<string> {
  const answer = await service.call(role, `/uploads?name=${encodeURIComponent(name)}`, {
    method: "POST",
    body: Uint8Array.from(bytes),
    headers: { "content-type": "application/octet-stream" },
  });
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { readonly id: string }).id;
}

/** Ask with a body in JSON. */
export async function send<Body = Problem>(
  service: TestService,
  role: Role | "nobody",
  request: `${"GET" | "POST" | "PATCH" | "DELETE"} /${string}`,
  json?: unknown,
  headers: Record<string, string> = {},
): Promise<Answered<Body>> {
  const [method = "GET", at = "/"] = request.split(" ");
  const answer = await service.call(role, at, { method, headers, ...(json === undefined ? {} : { json }) });
  const text = await answer.text();
  const body = (text === "" ? null : JSON.parse(text)) as Body;
  return { status: answer.status, headers: answer.headers, body };
}

/** Ask again and again until it is as one waits for. */
export async function eventually<Found>(
  look: () => Promise<Found>,
  until: (found: Found) => boolean,
): Promise<Found> {
  for (;;) {
    const found = await look();
    if (until(found)) return found;
    await sleep(50);
  }
}

/** A folder as an archive. */
export function zipOf(folder: string): Uint8Array {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(path.join(folder, name)).isFile() && !path.basename(name).startsWith("."))
    .map((name) => name.replaceAll("\\", "/"));
  return writeZip(names.map((name) => packEntry(name, readFileSync(path.join(folder, name)))));
}
