import { execFileSync } from "node:child_process";
import path from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Listening, listen } from "@indicia/service/listen";
import { signIn } from "../test-support/browser.js";
import { openTestService, PASSWORD, type TestService } from "../test-support/test-service.js";

const CHROMIUM: string = execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
let service: TestService;
let listening: Listening;
let browser: Browser;
beforeAll(async () => {
  service = await openTestService();
  listening = await listen({ fetch: service.app.fetch }, { host: "127.0.0.1", port: 0 });
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
});
afterAll(async () => {
  await browser.close();
  await listening.close();
  await service.close();
});

test("a browser shows the reference under the policy of every page, and tries an operation with its session", async () => {
  const { cookie } = await signIn(service, { name: "admin", password: PASSWORD });
  const [name = "", value = ""] = cookie.split("=");
  const context = await browser.newContext({ viewport: { width: 1200, height: 1600 } });
  await context.addCookies([{ name, value, url: listening.address }]);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || /Content Security Policy/.test(message.text()))
      complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(`${listening.address}/api/reference`);
  await page.getByText("/api/v1/audit/check", { exact: true }).click();
  await page.getByRole("button", { name: "Try it out" }).click();
  await page.getByRole("button", { name: "Execute" }).click();
  await page.getByText('"intact": true').first().waitFor();
  const folder = process.env["INDICIA_SCREENSHOTS"];
  if (folder !== undefined) await page.screenshot({ path: path.join(folder, "reference.png") });
  expect(await page.locator("html.dark-mode").count()).toBe(0);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator("html.dark-mode").waitFor();
  expect(complaints).toEqual([]);
});
