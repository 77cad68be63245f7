import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSettings } from "./read-settings.js";
import { SETTING_NAMES } from "./settings.js";

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "indicia-settings-"));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const file = path.join(folder, "verifier.yaml");
  fs.writeFileSync(file, text);
  return file;
}

test("a flag goes before the environment, which goes before the file, which goes before what is usual", async () => {
  const config = fileOf("port: 1\nhost: file.example\nworkers: 5\nproxies: [10.0.0.0/8]\ndata: kept\n");
  const environment = {
    INDICIA_VERIFIER_PORT: "2",
    INDICIA_VERIFIER_HOST: "environment.example",
    OTHER: "1",
  };
  const settings = await readSettings({ config, port: "3" }, environment);
  expect(settings).toMatchObject({
    port: 3,
    host: "environment.example",
    workers: 5,
    proxies: ["10.0.0.0/8"],
    role: "all",
    data: path.join(folder, "kept"),
  });
});

describe.each([
  {
    what: "a number out of range",
    text: "\nport: 70000\n",
    flags: {},
    environment: {},
    place: "verifier.yaml, line 2: port",
  },
  {
    what: "an unknown name",
    text: "prot: 1\n",
    flags: {},
    environment: {},
    place: "verifier.yaml, line 1: there is no",
  },
  { what: "no YAML", text: "a: [", flags: {}, environment: {}, place: "verifier.yaml: " },
  { what: "no list of settings", text: "- a\n", flags: {}, environment: {}, place: "verifier.yaml: " },
  {
    what: "a variable",
    text: "",
    flags: {},
    environment: { INDICIA_VERIFIER_ROLE: "chief" },
    place: "INDICIA_VERIFIER_ROLE: role",
  },
  { what: "a flag", text: "", flags: { workers: "many" }, environment: {}, place: "--workers: workers" },
  {
    what: "a proxy",
    text: "",
    flags: { proxies: "10.0.0.0/8,office" },
    environment: {},
    place: "--proxies: proxies",
  },
  { what: "half of TLS", text: "tls-key: k\n", flags: {}, environment: {}, place: "tls-certificate" },
  { what: "a worker on its own", text: "role: worker\n", flags: {}, environment: {}, place: "database-url" },
])("$what", ({ text, flags, environment, place }) => {
  test("is told with its place", async () => {
    const read = readSettings({ config: fileOf(text), ...flags }, environment);
    await expect(read).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(place),
    });
  });
});

test("several mistakes are told in the order of the file, in words of ours", async () => {
  const config = fileOf("prot: 1\nworkers: many\nport: 70000\nrole: chief\naddress: here\n");
  await expect(readSettings({ config }, {})).rejects.toMatchObject({
    message: [
      "verifier.yaml, line 1: there is no setting prot",
      "verifier.yaml, line 2: workers has to be a whole number from 1 to 64",
      "verifier.yaml, line 3: port has to be a whole number from 0 to 65535",
      "verifier.yaml, line 4: role has to be one of all, api, worker",
      "verifier.yaml, line 5: address has to be an address such as https://indicia.example",
    ].join("; "),
  });
});

test("a database's password is not repeated in what is told", async () => {
  const read = readSettings({ "database-url": "mysql://user:hidden@host/database" }, {});
  await expect(read).rejects.toMatchObject({ message: expect.not.stringContaining("hidden") });
});

test("names fit flags and variables", () => {
  for (const name of SETTING_NAMES) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
});
