import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readSettings } from "./config/read-settings.js";
import { SETTING_NAMES } from "./config/settings.js";

const APP = fileURLToPath(new URL("../", import.meta.url));
const ROOT = path.resolve(APP, "../..");
const deploy = (name: string): string => fs.readFileSync(path.join(APP, "deploy", name), "utf8");
const DOCKERFILE = deploy("Dockerfile");
const COMPOSE = deploy("compose.yaml");
const UNIT = deploy("indicia-verifier.service");

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: object;
  readonly secrets: object;
}

interface ComposeService {
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly secrets: readonly string[];
  readonly volumes: readonly string[];
}

const compose = parse(COMPOSE, { merge: true }) as Compose;

describe.each([
  ["Dockerfile", DOCKERFILE],
  ["compose.yaml", COMPOSE],
  ["indicia-verifier.service", UNIT],
])("%s", (_, text) => {
  test("names settings that there are, and the program where it is", () => {
    const variables = [...text.matchAll(/INDICIA_VERIFIER_([A-Z_]+)/g)].map(([, name = ""]) => name);
    for (const name of variables.filter((each) => each !== "SECRET_KEY"))
      expect(SETTING_NAMES).toContain(name.toLowerCase().replaceAll("_", "-"));
    for (const [, flag] of text.matchAll(/(?:main\.js|\[)\s*serve[, ]+--([a-z-]+)/g))
      expect(["config", ...SETTING_NAMES]).toContain(flag);
    const programs = [...text.matchAll(/\/opt\/indicia\/(\S+)\/dist\/main\.js/g)].map(([, app = ""]) => app);
    expect(programs.length).toBeGreaterThan(0);
    for (const app of programs) expect(fs.existsSync(path.join(ROOT, app, "src", "main.ts"))).toBe(true);
  });
});

test("the example has every setting, and is understood", async () => {
  const text = deploy("verifier.example.yaml");
  for (const name of SETTING_NAMES) expect(text).toMatch(new RegExp(`^(# )?${name}:`, "m"));
  const settings = await readSettings({ config: path.join(APP, "deploy", "verifier.example.yaml") }, {});
  expect(settings).toMatchObject({ port: 8080, "ops-port": 9090 });
});

test("the image is built from files that there are, by the scripts of the checkout", () => {
  const scripts = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  for (const [, script = ""] of DOCKERFILE.matchAll(/npm run -s (\S+)/g))
    expect(scripts.scripts).toHaveProperty(script);
  const { engines } = JSON.parse(fs.readFileSync(path.join(APP, "package.json"), "utf8")) as {
    readonly engines: { readonly node: string };
  };
  expect(engines.node).toBe(">=20.19.0");
  expect([...DOCKERFILE.matchAll(/^FROM node:20\.(\d+)/gm)].every(([, minor]) => Number(minor) >= 19)).toBe(
    true,
  );
});

test("every service has the volumes and secrets that it names, and commands that there are", async () => {
  for (const service of Object.values(compose.services)) {
    for (const secret of service.secrets) expect(compose.secrets).toHaveProperty(secret);
    for (const volume of service.volumes) expect(compose.volumes).toHaveProperty(volume.split(":")[0] ?? "");
    if (service.build === undefined) continue;
    const context = path.resolve(APP, "deploy", service.build.context);
    expect(fs.existsSync(path.join(context, service.build.dockerfile))).toBe(true);
    const [command, ...flags] = service.command ?? [];
    expect(command).toBe("serve");
    const given: [string, string][] = [];
    for (let n = 0; n < flags.length; n += 2) given.push([flags[n]?.slice(2) ?? "", flags[n + 1] ?? ""]);
    const environment = { INDICIA_VERIFIER_DATABASE_URL: "postgres://indicia@database/indicia" };
    expect(await readSettings(Object.fromEntries(given), environment)).toMatchObject({ role: given[0]?.[1] });
  }
});
