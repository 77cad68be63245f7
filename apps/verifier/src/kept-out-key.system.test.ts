import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readZip, unpackEntry } from "@indicia/evidence/zip-read";
import { conclude } from "@indicia/operations/conclude";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { zipOf } from "./test-support/api.js";
import { type BuiltService, startBuiltService } from "./test-support/built-service.js";
import { faultsOf, launchChromium, openPage, shot } from "./test-support/page-browser.js";
import { OWNER_KEY, ownerFiles, QUIET } from "./test-support/scene.js";

const LONG = { timeout: 120_000 };

let browser: Browser;
let service: BuiltService;
beforeAll(async () => {
  [browser, service] = await Promise.all([launchChromium(), startBuiltService()]);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await service.close();
});

it("takes a registration from elsewhere, asks without the key, and takes the owner's evidence", async () => {
  const owner = await ownerFiles();
  const at = (name: string): string => path.join(service.folder, name);
  writeFileSync(at("registration.zip"), zipOf(path.join(owner, "registration")));
  const { page, complaints } = await openPage(browser, service.address);
  const press = (name: string): Promise<void> => page.getByRole("button", { name, exact: true }).click();
  await page.goto(service.signIn);
  await page.getByRole("link", { name: "Register a model" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Ours");
  await page.getByLabel("Unmarked model").setInputFiles(path.join(owner, "reference.onnx"));
  await page.getByText("reference.onnx, ").waitFor();
  await press("Continue");
  await page.getByLabel("Keep it out of the service").check();
  await page.getByLabel("Registration", { exact: true }).setInputFiles(at("registration.zip"));
  await page.getByText("registration.zip, ").waitFor();
  for (let step = 0; step < 4; step++) await press("Continue");
  await press("Register the model");
  await page.getByText("Registered", { exact: true }).waitFor(LONG);
  expect(await page.locator("main").innerText()).toMatch(/Owner key\s+Kept out of the service/);

  await page.getByRole("link", { name: "Suspects" }).click();
  await page.getByRole("link", { name: "Add a suspect" }).click();
  await page.getByLabel("Name", { exact: true }).fill("A file");
  await page.getByLabel("A file", { exact: true }).check();
  await press("Add the suspect");
  await page.getByText("Upload the file first.").waitFor();
  await page.getByLabel("Suspected file").setInputFiles(path.join(owner, "stolen.onnx"));
  await page.getByText("stolen.onnx, ").waitFor();
  await page.getByLabel("Only ask it").check();
  await press("Add the suspect");
  await page.getByRole("link", { name: "Investigate", exact: true }).click();
  await page.getByLabel("Questions at most").fill("300");
  await page.getByLabel("Requests per second").fill("1000");
  await press("Start");
  await page.getByText("Waiting for the key", { exact: true }).waitFor(LONG);
  const taken = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download the sealed observation" }).click();
  await (await taken).saveAs(at("observation.zip"));
  await shot(page, "key kept out");

  mkdirSync(at("observation"));
  for (const entry of readZip(new Uint8Array(readFileSync(at("observation.zip")))))
    writeFileSync(path.join(at("observation"), entry.name), unpackEntry(entry));
  const options = { observation: at("observation"), key: { held: OWNER_KEY }, rounds: [], level: null };
  await conclude({ ...options, registration: path.join(owner, "registration"), out: at("own.zip") }, QUIET);
  await page.getByLabel("Evidence", { exact: true }).setInputFiles(at("registration.zip"));
  await press("Hand in the evidence");
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Evidence", { exact: true }).setInputFiles(at("own.zip"));
  await press("Hand in the evidence");
  await page.getByRole("heading", { name: "Match" }).waitFor(LONG);
  await page.getByRole("img", { name: /^The real key gives T = \d/ }).waitFor();
  expect(await faultsOf(page)).toEqual([]);
  expect(complaints).toEqual([]);
}, 300_000);
