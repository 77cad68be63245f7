import { execFileSync } from "node:child_process";
import path from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** How pages are looked at: as on a desk, and as on a small telephone at night. */
export const LOOKS = [
  ["wide and light", { viewport: { width: 1280, height: 900 }, colorScheme: "light" }],
  ["400 pixels wide and dark", { viewport: { width: 400, height: 800 }, colorScheme: "dark" }],
] as const;

export interface Seen {
  readonly page: Page;
  /** What the console complained of, and what was asked of other hosts. */
  readonly complaints: string[];
}

/** Debian's Chromium, as .ci/run installs it. */
export function launchChromium(): Promise<Browser> {
  const executablePath = execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
  // Nobody else's code runs in this browser, and containers have no namespaces for its sandbox.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/** A page of a browser that knows nothing yet. */
export async function openPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<Seen> {
  const context = await browser.newContext({
    locale: "en-GB",
    timezoneId: "UTC",
    reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    // Refusals of the service are told to the reader; the console's line about each says nothing more.
    const refused = message.text().startsWith("Failed to load resource");
    if (["error", "warning"].includes(message.type()) && !refused) complaints.push(message.text());
  });
  page.on("pageerror", (error) => void complaints.push(error.message));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "blob:" && url.origin !== origin) complaints.push(`asked ${request.url()}`);
  });
  return { page, complaints };
}

/** What keeps somebody from reading or using the page as it is; empty where nothing does. */
export async function faultsOf(page: Page): Promise<string[]> {
  return await page.evaluate(FAULTS);
}

/**
 * Wider than its window; not one main heading, or none of the landmarks; controls without a name (WCAG 2.2, section
 * 4.1.2); tables without a caption, pictures without a text; and texts whose contrast is below 4.5 (section 1.4.3).
 */
const FAULTS = `(() => {
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) faults.push("wider than its window by " + (root.scrollWidth - innerWidth));
  for (const [what, count] of [["h1", 1], ["main", 1], ["header.top", 1]])
    if (document.querySelectorAll(what).length !== count) faults.push("not one " + what);
  if (!root.lang || !document.title.includes("Indicia")) faults.push("no language or title");
  const shown = (element) => element.checkVisibility();
  const named = (element) => element.getAttribute("aria-label") || element.labels?.length || element.textContent.trim();
  for (const control of document.querySelectorAll("input, select, textarea, button, a[href], progress"))
    if (shown(control) && !named(control)) faults.push("no name: " + control.outerHTML.slice(0, 100));
  for (const table of document.querySelectorAll("table"))
    if (!table.caption?.textContent.trim()) faults.push("a table without a caption");
  for (const picture of document.querySelectorAll("svg"))
    if (picture.getAttribute("aria-hidden") !== "true" && !picture.querySelector("title")) faults.push("a picture without a text");
  for (const each of document.querySelectorAll("[style]")) faults.push("a style of its own: " + each.outerHTML.slice(0, 100));
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  if (new Set(ids).size !== ids.length) faults.push("an id twice");
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
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
    if (!own || !shown(element) || element.matches(":disabled, title, .unseen")) continue;
    const style = getComputedStyle(element);
    const colour = element instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(rgba(colour)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faults.push("contrast " + ratio.toFixed(2) + ": " + element.textContent.slice(0, 60));
  }
  return faults;
})()`;

/** Whether whoever uses the keyboard sees where he is (WCAG 2.2, section 2.4.7). */
export async function showsFocus(page: Page): Promise<boolean> {
  return await page.evaluate(`(() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  })()`);
}

/** Go on with the Tab key until the named control is reached. @throws where it is not reached */
export async function tabTo(
  page: Page,
  role: "link" | "button" | "textbox" | "radio",
  name: string | RegExp,
): Promise<void> {
  const wanted = page.getByRole(role, { name }).first();
  for (let i = 0; i < 80; i++) {
    if (await wanted.evaluate((each) => each === each.ownerDocument.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not reach ${String(name)}`);
}

/** Pictures for whoever changes how the page looks, where INDICIA_SCREENSHOTS names a folder. */
export async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env["INDICIA_SCREENSHOTS"];
  if (folder === undefined) return;
  await page.evaluate("scrollTo(0, 0)");
  await page.screenshot({ path: path.join(folder, `${name.replaceAll(/[ /]+/g, "-")}.png`), fullPage: true });
}
