import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import type { Browser } from "playwright-core";
import { launchBrowser, withoutBrowser } from "../test/support/browser.js";
import { line, median, RATE, REPOSITORY } from "./measure.js";
import { writeScoredFile } from "./scored-file.js";

const EXAMPLES = 100_000;
const ROUNDS = 7;
const SECOND = 1000;

/** How soon `rate view` shows the first rows of a large file, and all of its examples, in a browser that is already open; each time with a new server and a new page. */
export async function benchView(): Promise<string> {
  const name = `first rows of rate view, ${EXAMPLES.toLocaleString("en")} examples`;
  if (withoutBrowser) return line(name, withoutBrowser, { "1 s": null });
  const path = join(REPOSITORY, "build", "bench", `scored-${EXAMPLES}.jsonl`);
  await writeScoredFile(path, EXAMPLES);
  const browser = await launchBrowser();
  const rounds: Shown[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await show(browser, path));
  await browser.close();
  const seconds = (what: keyof Shown) => median(rounds.map((round) => round[what]));
  return line(
    `${name} (${(statSync(path).size / 1e6).toFixed(0)} MB)`,
    `${seconds("page").toFixed(2)} s after the page is called (${seconds("start").toFixed(2)} s after rate view is), all examples listed after ${seconds("all").toFixed(2)} s`,
    { "1 s": seconds("page") <= 1 },
  );
}

/** Seconds from the call of the page, or of the program, until something is seen. */
interface Shown {
  readonly page: number;
  readonly start: number;
  readonly all: number;
}

async function show(browser: Browser, path: string): Promise<Shown> {
  const page = await browser.newPage();
  const started = performance.now();
  const server = spawn(process.execPath, [RATE, "view", "--no-open", path], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [url] = (await once(createInterface(server.stdout), "line")) as [string];
  const called = performance.now();
  await page.goto(`${url}examples?file=${basename(path)}`, { waitUntil: "commit" });
  await page.locator("table.rows tbody tr").first().waitFor();
  const seen = performance.now();
  await page.getByText(`of ${EXAMPLES.toLocaleString("en")} examples`).waitFor();
  const all = performance.now();
  await page.close();
  server.kill();
  await once(server, "exit");
  return { page: (seen - called) / SECOND, start: (seen - started) / SECOND, all: (all - started) / SECOND };
}
