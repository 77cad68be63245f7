import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import path from "node:path";
import { getRequestListener } from "@hono/node-server";
import { readBundle } from "@indicia/evidence/bundle";
import { makeExcerpt } from "@indicia/evidence/excerpt";
import { excerptTexts } from "@indicia/evidence/published-file";
import { readZip, unpackEntry } from "@indicia/evidence/zip-read";
import { packEntry, writeZip } from "@indicia/evidence/zip-write";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  faultsOf,
  launchChromium,
  LOOKS,
  openPage,
  shot,
  showsFocus,
  tabTo,
} from "./test-support/page-browser.js";
import { type Pretence, pretendedService } from "./test-support/pretended/pretended-service.js";

const EXAMPLES: string = path.join(import.meta.dirname, "../../../packages/evidence/examples");
const PLACES = [
  ["/", "Overview"],
  ["/models", "Models"],
  ["/models/new", "Register a model"],
  ["/models/m1", "Glyphs 2"],
  ["/models/m2", "Files 3"],
  ["/models/m3", "Speech 1"],
  ["/suspects", "Suspects"],
  ["/suspects/new", "Add a suspect"],
  ["/suspects/s1", "Competitor's endpoint"],
  ["/suspects/s2", "Found file"],
  ["/investigations", "Investigations"],
  ["/investigations/new", "New investigation"],
  ["/investigations/i1", "Competitor's endpoint against Glyphs 2"],
  ["/investigations/i2", "The file against Glyphs 2"],
  ["/investigations/i3", "Slow endpoint against Glyphs 2"],
  ["/investigations/i4", "Key kept out"],
  ["/probe-sets", "Probe sets"],
  ["/verify", "Check evidence"],
  ["/settings", "Settings"],
  ["/settings/users", "Settings: People"],
  ["/settings/api-keys", "Settings: API keys"],
  ["/settings/owner-keys", "Settings: Owner keys"],
  ["/settings/audit", "Settings: Audit log"],
  ["/about", "About Indicia"],
  ["/nowhere", "No such page"],
] as const;

let browser: Browser;
let server: Server;
let origin: string;
let pretence: Pretence;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
beforeEach(async () => {
  const pretended = pretendedService();
  pretence = pretended.pretence;
  const listener = getRequestListener(pretended.app.fetch);
  server = createServer((request, response) => void listener(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { level: 1, name });

describe.each(LOOKS)("every page, %s", (name, options) => {
  it("can be read and used by anybody", async () => {
    const { page, complaints } = await openPage(browser, origin, options);
    for (const [place, title] of PLACES) {
      await page.goto(origin + place);
      await heading(page, title).waitFor();
      await expect.poll(() => page.locator(".waiting").count()).toBe(0);
      expect([place, await faultsOf(page)]).toEqual([place, []]);
      await shot(page, `${name} ${place}`);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("signs in", async () => {
    pretence.signedIn = false;
    const { page } = await openPage(browser, origin, options);
    await page.goto(origin);
    await heading(page, "Sign in").waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await shot(page, `${name} sign in`);
    await page.context().close();
  });
});

it("a copy without a mark in its answers says so", async () => {
  const { page } = await openPage(browser, origin);
  await page.goto(`${origin}/models/m1`);
  const copy = page.getByRole("row", { name: /Release 2/ });
  await copy.getByText("No read-out mark was placed.").waitFor();
  expect(await page.getByRole("row", { name: /Release 1/ }).innerText()).not.toContain("read-out");
  await page.context().close();
});

describe("evidence that is dropped on the page", () => {
  const drop = async (
    page: Page,
    file: { readonly name: string; readonly buffer: Buffer },
  ): Promise<void> => {
    await page.goto(`${origin}/verify`);
    await page
      .getByLabel("Evidence", { exact: true })
      .setInputFiles({ mimeType: "application/zip", ...file });
  };
  const statuses = async (page: Page): Promise<string[]> =>
    await page.getByRole("list", { name: "Checks" }).locator(".badge").allInnerTexts();

  it("verifies without the service, with every figure where a disclosure is given", async () => {
    const { page, complaints } = await openPage(browser, origin);
    await page.goto(`${origin}/verify`);
    await heading(page, "Check evidence").waitFor();
    const asked: string[] = [];
    page.on("request", (request) => void asked.push(new URL(request.url()).pathname));
    await page.getByText("A disclosure, to compute").click();
    await page.getByLabel("Decrypted disclosure").setInputFiles(path.join(EXAMPLES, "disclosure-6.plain"));
    await page.getByLabel("Evidence", { exact: true }).setInputFiles(path.join(EXAMPLES, "evidence-6.zip"));
    await page.getByRole("heading", { name: "evidence-6.zip verifies" }).waitFor();
    expect(new Set(await statuses(page))).toEqual(new Set(["Passed"]));
    // The program that checks is loaded, and nothing is sent.
    expect(asked.filter((each) => !each.startsWith("/assets/"))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it.each(["evidence-1.zip", "trace-2.zip"])("%s verifies too", async (name) => {
    const { page } = await openPage(browser, origin);
    await drop(page, { name, buffer: readFileSync(path.join(EXAMPLES, name)) });
    await page.getByRole("heading", { name: `${name} verifies` }).waitFor();
    expect(await statuses(page)).not.toContain("Failed");
  });

  it("verifies where it is an excerpt, of which nothing else can be said", async () => {
    const bundle = readBundle(new Uint8Array(readFileSync(path.join(EXAMPLES, "evidence-6.zip"))));
    const { bytes } = makeExcerpt(bundle, { exchanges: [2], texts: await excerptTexts() });
    const { page, complaints } = await openPage(browser, origin);
    await drop(page, { name: "excerpt.zip", buffer: Buffer.from(bytes) });
    await page.getByRole("heading", { name: "excerpt.zip verifies" }).waitFor();
    expect(new Set(await statuses(page))).not.toContain("Failed");
    expect(await page.getByText("What it claims").count()).toBe(0);
    expect(await faultsOf(page)).toEqual([]);
    await shot(page, "excerpt");

    // A line of the transcript in it is exchanged, and all else made to fit.
    const files = new Map(readZip(bytes).map((entry) => [entry.name, unpackEntry(entry)]));
    const [name = "", content = new Uint8Array(0)] =
      [...files].find(([each]) => each === "observation/excerpt.jsonl") ?? [];
    const changed = Uint8Array.from(content);
    const middle = changed.length >> 1;
    changed[middle] = (changed[middle] ?? 0) ^ 1;
    const altered = writeZip([...files.set(name, changed)].map(([each, file]) => packEntry(each, file)));
    await drop(page, { name: "altered.zip", buffer: Buffer.from(altered) });
    await page.getByRole("heading", { name: "altered.zip does not verify" }).waitFor();
    expect(await statuses(page)).toContain("Failed");
    expect(complaints).toEqual([]);
  });

  it("fails where one bit of it was turned", async () => {
    const { page } = await openPage(browser, origin);
    const buffer = readFileSync(path.join(EXAMPLES, "evidence-6.zip"));
    const middle = Math.floor(buffer.length / 2);
    buffer[middle] = (buffer[middle] ?? 0) ^ 1;
    await drop(page, { name: "altered.zip", buffer });
    await page.getByRole("heading", { name: "altered.zip does not verify" }).waitFor();
    expect(await statuses(page)).toContain("Failed");
    expect(await page.getByText("What it claims").count()).toBe(0);
    expect(await faultsOf(page)).toEqual([]);
    await shot(page, "altered evidence");
  });

  it("is refused where it is no evidence at all", async () => {
    const { page } = await openPage(browser, origin);
    await drop(page, { name: "picture.zip", buffer: Buffer.from("no archive") });
    await page.getByRole("heading", { name: "picture.zip does not verify" }).waitFor();
    expect(await page.getByRole("list", { name: "Checks" }).innerText()).toContain("ZIP_PREFIX");
  });
});

it("asks to sign in again where the session ended, and keeps what was typed", async () => {
  const { page } = await openPage(browser, origin);
  await page.goto(`${origin}/suspects/new`);
  await page.getByLabel("Name", { exact: true }).fill("Somebody's service");
  await page.getByLabel("Address", { exact: true }).fill("https://example.com/v2/models/m");
  pretence.signedIn = false;
  await page.getByRole("button", { name: "Add the suspect" }).click();
  const dialog = page.getByRole("dialog", { name: "Sign in again" });
  await dialog.waitFor();
  await shot(page, "session ended");
  await dialog.getByLabel("Password").fill("correct horse battery");
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await heading(page, "Competitor's endpoint").waitFor();
  const made = pretence.posted.filter(({ path: at }) => at === "/suspects");
  expect(made.map(({ body }) => body)).toEqual([expect.objectContaining({ name: "Somebody's service" })]);
  expect(made[0]?.key).toMatch(/^[0-9a-f]{32}$/);
});

it("says what was refused and what to do, and leaves the form as it was", async () => {
  const { page } = await openPage(browser, origin, { viewport: { width: 400, height: 800 } });
  pretence.refusal = {
    type: "about:blank",
    title: "Unprocessable Content",
    status: 422,
    detail: "the address lies in a private network",
    code: "SUSPECT_ADDRESS",
    hint: "Have an admin allow it.",
    errors: [{ pointer: "/target/url", detail: "private" }],
  };
  await page.goto(`${origin}/suspects/new`);
  await page.getByLabel("Name", { exact: true }).fill("<img src=x onerror=alert(1)>");
  await page.getByLabel("Address", { exact: true }).fill("http://10.0.0.1/v2/models/m");
  await page.getByRole("button", { name: "Add the suspect" }).click();
  const alert = page.getByRole("alert");
  await alert.getByText("The address lies in a private network.").waitFor();
  expect(await alert.innerText()).toMatch(/Have an admin allow it\.[^]*\/target\/url[^]*SUSPECT_ADDRESS/);
  expect(await page.getByLabel("Address", { exact: true }).inputValue()).toBe("http://10.0.0.1/v2/models/m");
  expect(await faultsOf(page)).toEqual([]);
});

it("follows an investigation live, and goes on after the connection broke", async () => {
  const { page } = await openPage(browser, origin);
  await page.goto(`${origin}/investigations/i1`);
  await page.getByText("700 questions asked, 1 of them without an answer.").waitFor();
  expect(await page.locator("svg .curve").getAttribute("d")).toMatch(/^M[\d.,]+(L[\d.,]+){3}$/);
  await page
    .getByRole("img", { name: /Evidence after 512 answers: log10 p -19\.5, which reaches the level/ })
    .waitFor();
  pretence.eventsDown = true;
  await page.getByText("The live connection was interrupted").waitFor();
  pretence.eventsDown = false;
  await page.getByText("The live connection was interrupted").waitFor({ state: "detached" });
  expect(pretence.connections[0]).toBeNull();
  expect(pretence.connections.at(-1)).toBe("3");
});

it("is led by the keyboard alone, and says where one is", async () => {
  const { page } = await openPage(browser, origin);
  await page.goto(origin);
  await heading(page, "Overview").waitFor();
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
  await tabTo(page, "link", "Suspects");
  expect(await showsFocus(page)).toBe(true);
  await page.keyboard.press("Enter");
  await heading(page, "Suspects").waitFor();
  await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Suspects");
  await tabTo(page, "link", "Competitor's endpoint");
  await page.keyboard.press("Enter");
  await tabTo(page, "button", "Remove");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await page.evaluate("document.activeElement.textContent")).toBe("Remove");
});

it("keeps the colours that were chosen", async () => {
  const { page } = await openPage(browser, origin, { colorScheme: "light" });
  const ground = (): Promise<unknown> => page.evaluate("getComputedStyle(document.body).backgroundColor");
  await page.goto(origin);
  await page.getByRole("button", { name: "Colours: as system" }).click();
  await page.getByRole("button", { name: "Colours: light" }).click();
  await page.getByRole("button", { name: "Colours: dark" }).waitFor();
  expect(await ground()).toBe("rgb(18, 23, 29)");
  await page.reload();
  await heading(page, "Overview").waitFor();
  expect(await ground()).toBe("rgb(18, 23, 29)");
});

it("says when the network is gone", async () => {
  const { page } = await openPage(browser, origin);
  await page.goto(origin);
  await heading(page, "Overview").waitFor();
  await page.context().setOffline(true);
  await page.getByText("You are offline.").waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await page.context().setOffline(false);
  await page.getByText("You are offline.").waitFor({ state: "detached" });
});

it("shows an API key once", async () => {
  const { page } = await openPage(browser, origin);
  await page.goto(`${origin}/settings/api-keys`);
  await page.getByLabel("Name").fill("nightly");
  await page.getByRole("button", { name: "Make the key" }).click();
  await page.getByText("ivk_shown-once").waitFor();
  await page.reload();
  await heading(page, "Settings: API keys").waitFor();
  expect(await page.getByText("ivk_shown-once").count()).toBe(0);
});

it("changes a suspect as it was seen, and gives no secret back", async () => {
  const { page } = await openPage(browser, origin, { viewport: { width: 400, height: 800 } });
  await page.goto(`${origin}/suspects/s1`);
  await page.getByText("Change name, notes").click();
  await page.getByLabel("Name", { exact: true }).fill("Another name");
  expect(await page.getByLabel("New secret headers").inputValue()).toBe("");
  expect(await faultsOf(page)).toEqual([]);
  await page.getByRole("button", { name: "Save" }).click();
  await heading(page, "Another name").waitFor();
  const [change] = pretence.posted;
  expect(change).toMatchObject({
    path: "PATCH /suspects/s1",
    key: '"s1"',
    body: { name: "Another name", rate: 20 },
  });
  expect(change?.body).not.toHaveProperty("headers");
});

it("makes a probe set for several suspects, and shows those that are there", async () => {
  const { page } = await openPage(browser, origin, { viewport: { width: 400, height: 800 } });
  await page.goto(origin);
  await page.getByRole("link", { name: "Probe sets" }).click();
  await heading(page, "Probe sets").waitFor();
  await page.getByText("Quick look").first().waitFor();
  expect(await page.locator("table").innerText()).toMatch(/Glyphs 2[^]*500/);
  await page.getByLabel("Name", { exact: true }).fill("Thorough");
  await page.getByLabel("Which inputs first").selectOption("boundary");
  await page.getByLabel("Questions at most").fill("9000");
  await page.getByRole("button", { name: "Make the probe set" }).click();
  await expect.poll(() => pretence.posted.map(({ path: at }) => at)).toEqual(["/probe-sets"]);
  expect(pretence.posted[0]?.body).toEqual({
    name: "Thorough",
    model: "m1",
    order: "boundary",
    budget: 9000,
  });
  expect(await faultsOf(page)).toEqual([]);
});

it("takes the key away from a model after asking, as it was seen", async () => {
  const { page } = await openPage(browser, origin);
  await page.goto(`${origin}/models/m1`);
  await page.getByRole("button", { name: "Keep the key out from now on" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take the key away" }).click();
  await expect.poll(() => pretence.posted.length).toBe(1);
  expect(pretence.posted[0]).toEqual({ path: "PATCH /models/m1", key: '"m1"', body: { ownerKey: null } });
});

it("asks in the wizard for what makes a registration stand before others", async () => {
  const { page } = await openPage(browser, origin, { viewport: { width: 400, height: 800 } });
  const file = (name: string) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from("x") });
  const go = (): Promise<void> => page.getByRole("button", { name: "Continue" }).click();
  await page.goto(`${origin}/models/new`);
  await page.getByLabel("Name", { exact: true }).fill("Glyphs");
  await page.getByLabel("Unmarked model").setInputFiles(file("glyphs.onnx"));
  await page.getByText("glyphs.onnx, ").waitFor();
  await go();
  await page.getByLabel("Use one that the service keeps").check();
  await page.getByLabel("Owner key", { exact: true }).selectOption({ index: 1 });
  await go();
  await page.getByLabel("Draw inputs at random").check();
  await go();
  await go();
  await page.getByLabel("Have the registration dated").check();
  await go();
  await page.getByText("Give the address of the timestamp authority.").waitFor();
  await page.getByLabel("Address of the authority").fill("https://tsa.example/");
  await page.getByLabel("Roots of the authority").setInputFiles(file("root.pem"));
  await page.getByText("root.pem, ").waitFor();
  await page.getByLabel("Wait for public chance").check();
  await page.getByLabel("Students of the model").selectOption("4");
  expect(await faultsOf(page)).toEqual([]);
  await shot(page, "wizard standing");
  await go();
  await page.getByText("https://tsa.example/").waitFor();
  await page.getByRole("button", { name: "Register the model" }).click();
  const asked = () => pretence.posted.find(({ path: at }) => at === "/models")?.body;
  await expect.poll(asked).toMatchObject({
    registration: {
      kind: "new",
      shadows: 4,
      anchor: {
        authorities: [{ url: "https://tsa.example/", qualified: false }],
        allowPrivate: false,
        beacon: "drand",
      },
    },
  });
});
