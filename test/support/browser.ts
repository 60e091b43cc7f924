import { existsSync } from "node:fs";
import type { TestContext } from "node:test";
import axe, { type AxeResults } from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const CHROMIUM = [process.env.CHROMIUM ?? "", ...PLACES].find((path) => path !== "" && existsSync(path));

/** The reason to skip tests that need a browser, where there is none. */
export const withoutBrowser: string | false = CHROMIUM
  ? false
  : `no Chromium at ${PLACES.join(", ")} nor in $CHROMIUM (Debian: apt-get install chromium)`;

/** The system's Chromium. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM!,
    // Inside containers Chromium's own sandbox cannot be set up by root.
    args: process.getuid?.() === 0 ? ["--no-sandbox", "--disable-dev-shm-usage"] : [],
  });
}

/** The system's Chromium, closed when the test ends. */
export async function openBrowser(test: TestContext): Promise<Browser> {
  const browser = await launchBrowser();
  test.after(() => browser.close());
  return browser;
}

/** A page, and what went wrong on it so far. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings of the console (those of the content policy too), exceptions, dialogs. */
  readonly faults: readonly string[];
  /** The addresses that were asked for. */
  readonly requests: readonly string[];
}

/** A new page that is watched from its beginning. The content policy stays in force. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const [faults, requests]: [string[], string[]] = [[], []];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on("request", (request) => requests.push(request.url()));
  return { page, faults, requests };
}

/** What axe finds wrong with the page as it stands, a line each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate("axe.run()")) as AxeResults;
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help} (${target.join(" ")}) ${failureSummary ?? ""}`),
  );
}

/** By how many pixels the page is wider than its window. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}
