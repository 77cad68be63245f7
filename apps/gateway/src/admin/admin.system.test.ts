import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Listening, listen } from "@indicia/service/listen";
import { MOST_REQUESTS, type WatchedGateway, watchedGateway } from "../test-support/watched-gateway.js";

/** Debian's, as .ci/run installs it: nothing is downloaded for this test. */
const CHROMIUM: string = execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
const NARROW = { width: 400, height: 800 };

let browser: Browser;
let gateway: WatchedGateway;
let ops: Listening;
beforeAll(async () => {
  // Nobody else's code runs in this browser, and containers have no namespaces for its sandbox.
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
});
afterAll(() => browser.close());
beforeEach(async () => {
  gateway = await watchedGateway();
  ops = await listen(gateway.ops, { host: "127.0.0.1", port: 0 });
  for (let i = 0; i < 3; i++) await gateway.ask("ada", 20, 0);
  for (let i = 0; i < 4; i++) await gateway.ask("mallory", 50, 2);
  for (let i = 0; i <= MOST_REQUESTS; i++) await gateway.ask("bob", 2, 0);
  await gateway.log.rotate();
  await gateway.ask("ada", 5, 0);
});
afterEach(async () => {
  await ops.close();
  await gateway.close();
});

interface Seen {
  readonly page: Page;
  /** What the console complained of, and what was asked of other hosts. */
  readonly complaints: string[];
}

async function opened(options: BrowserContextOptions): Promise<Seen> {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "UTC", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => void complaints.push(error.message));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== ops.address) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(`${ops.address}/admin`);
  return { page, complaints };
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel("Key with the scope").fill(gateway.keys.get(key)?.token ?? "");
  await page.getByRole("button", { name: "Sign in" }).click();
}

const isWiderThanItsWindow = (page: Page): Promise<boolean> =>
  page.evaluate("document.documentElement.scrollWidth > innerWidth");

/** Contrast of what is written against what is behind it (WCAG 2.2, section 1.4.3), the least of all texts. */
const leastContrast = (page: Page): Promise<[number, string]> => page.evaluate(CONTRAST);
const CONTRAST = `(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let each = element; each !== null; each = each.parentElement) {
      const colour = rgba(getComputedStyle(each).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  let least = [21, ""];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
    if (!own || element.getClientRects().length === 0 || element.matches(":disabled")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(rgba(element instanceof SVGElement ? style.fill : style.color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < least[0]) least = [ratio, element.textContent];
  }
  return least;
})()`;

describe.each([
  ["wide and light", { viewport: { width: 1280, height: 900 }, colorScheme: "light" }],
  ["400 pixels wide and dark", { viewport: NARROW, colorScheme: "dark" }],
] as const)("the page, %s", (name, options) => {
  it("shows who copies the model and why, checks the log, and ends a key", async () => {
    const { page, complaints } = await opened(options);
    await shot(page, `${name} login`);
    await signIn(page, "admin");

    const accounts = page.getByRole("table", { name: "Accounts, most suspicious first" });
    const first = accounts.getByRole("row").nth(1);
    await first.getByRole("rowheader", { name: "mallory" }).waitFor();
    expect(await first.getByRole("cell").first().innerText()).toMatch(/1\.00\s+flagged/);
    expect(await accounts.getByRole("row").filter({ hasText: "bob" }).innerText()).toContain("usual");
    expect(await page.locator("#summary").innerText()).toMatch(/Flagged\s+1\s/);
    await shot(page, `${name} page`);

    const alert = page.getByRole("table", { name: "Alerts, newest first" }).getByRole("row").nth(1);
    expect(await alert.getByRole("rowheader").innerText()).toBe("mallory");
    expect(await alert.innerText()).toMatch(/[A-Z][a-z ]+.+\./);
    const limit = page
      .getByRole("table", { name: /limit turned away/ })
      .getByRole("row")
      .nth(1);
    expect(await limit.innerText()).toContain(`${MOST_REQUESTS} requests per account in 1 h`);

    const plot = page.getByRole("img", { name: /^Suspicion of mallory: now 1\.00/ });
    expect(await plot.locator("path.line").getAttribute("d")).toMatch(
      /^M[\d.]+ [\d.]+(H[\d.]+V[\d.]+)+H[\d.]+$/,
    );
    expect(await plot.locator("circle").count()).toBe(1);

    await page.getByRole("button", { name: "Verify the query log of shapes" }).click();
    await page.getByText("The query log of shapes is whole.").waitFor();
    const logs = page.getByRole("table", { name: "Query logs" });
    expect(await logs.innerText()).toContain("in 2 segments, every link and root as it should be");

    const forgive = page.getByRole("button", { name: "Forgive at the monitor of shapes" });
    await forgive.click();
    await page.getByRole("dialog", { name: "Forgive this account?" }).waitFor();
    await page.keyboard.press("Escape");
    expect(await first.getByRole("cell").first().innerText()).toContain("flagged");
    await forgive.click();
    await page.getByRole("dialog").getByRole("button", { name: "Forgive" }).click();
    await page.getByText("mallory begins anew with the monitor of shapes.").waitFor();
    expect(await page.locator("#summary").innerText()).toMatch(/Flagged\s+0\s/);
    expect(await forgive.count()).toBe(0);

    await revokeByKeyboard(page);
    await page.getByText("is revoked.").waitFor();
    expect(await gateway.ask("mallory", 1, 0)).toBe(401);
    await page.getByRole("table", { name: "Keys of the account" }).getByText("revoked").waitFor();
    await shot(page, `${name} revoked`);

    expect(await isWiderThanItsWindow(page)).toBe(false);
    const [ratio, text] = await leastContrast(page);
    expect([ratio >= 4.5, text]).toEqual([true, text]);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Key with the scope").waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

/** The whole way from the account to the confirmation, without a mouse. */
async function revokeByKeyboard(page: Page): Promise<void> {
  await page.getByRole("button", { name: "mallory" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Account mallory" }).waitFor();
  await page.locator("#detail:focus").waitFor();
  const revoke = page.getByRole("button", { name: `Revoke key ${gateway.keys.get("mallory")?.id}` });
  for (
    let i = 0;
    i < 20 && !(await revoke.evaluate((each) => each === each.ownerDocument.activeElement));
    i++
  )
    await page.keyboard.press("Tab");
  // First thought better of, then done.
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  expect(await revoke.evaluate((each) => each === each.ownerDocument.activeElement)).toBe(true);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
}

it("says where a log was altered", async () => {
  const { page, complaints } = await opened({});
  await signIn(page, "admin");
  const file = path.join(gateway.logFolder, "queries-000001.jsonl");
  writeFileSync(file, readFileSync(file, "utf8").replace('"account":"mallory"', '"account":"someone"'));
  await page.getByRole("button", { name: "Verify the query log of shapes" }).click();
  await page.getByText("The query log of shapes was altered.").waitFor();
  const logs = page.getByRole("table", { name: "Query logs" });
  expect(await logs.innerText()).toMatch(
    /altered[^]*queries-000001\.jsonl: line 61 of the queries chain was changed/,
  );
  await shot(page, "altered");
  expect(complaints).toEqual([]);
});

it("lets nobody in whose key is not for administration", async () => {
  const { page } = await opened({ viewport: NARROW });
  await signIn(page, "bob");
  await page.getByRole("alert").getByText("no live key").waitFor();
  expect(await page.getByLabel("Key with the scope").getAttribute("aria-invalid")).toBe("true");
  await page.goto(`${ops.address}/admin`);
  expect(await page.getByRole("heading", { name: "Accounts" }).count()).toBe(0);
});

it("shows texts of clients as texts", async () => {
  const { page, complaints } = await opened({});
  await signIn(page, "admin");
  await page.getByRole("searchbox").fill("<img src=x onerror=alert(1)>");
  await page.getByText("No account matches.").waitFor();
  expect(complaints).toEqual([]);
});

/** Pictures for whoever changes how the page looks. */
async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env["INDICIA_SCREENSHOTS"];
  if (folder === undefined) return;
  await page.evaluate("scrollTo(0, 0)");
  await page.screenshot({ path: path.join(folder, `${name.replaceAll(" ", "-")}.png`), fullPage: true });
}
