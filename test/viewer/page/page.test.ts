import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Page } from "playwright-core";
import { startViewer } from "../../../src/viewer/server/server.js";
import {
  accessibilityFaults,
  openBrowser,
  openPage,
  overflow,
  withoutBrowser,
} from "../../support/browser.js";
import { emptyFolder } from "../../support/folders.js";
import { refusedLine, scoredLine } from "../../support/scored-file.js";

const skip = withoutBrowser;

/** Texts that would do something if they were taken for markup, an escape sequence or a direction. */
const HOSTILE = `<script>alert(1)</script><img src=x onerror=alert(2)></script>"'>\u001b[31mred\u202egnirts\u0000`;

async function viewerOf(t: TestContext, ...paths: string[]): Promise<string> {
  const viewer = await startViewer({ paths, port: 0 });
  t.after(() => viewer.close());
  return viewer.url;
}

function textOf(page: Page, selector: string): Promise<string[]> {
  return page.locator(selector).allInnerTexts();
}

const EFFECTS = {
  dataset_name: "reviews",
  concept: "length",
  reward_key: "org/model",
  dataset_filename: "a_scored.jsonl",
  reward_std: 1,
  Y1_count: 60,
  Y0_count: 60,
  warnings: ["mind this"],
  estimates: ["naive", "single_rewrite", "rate"].flatMap((estimator) =>
    ["ate", "att", "atu"].map((estimand) => ({
      estimator,
      estimand,
      value: 0.2,
      stderr: 0.02,
      ci_low: 0.16,
      ci_high: 0.24,
      ci_level: 0.95,
      p_value: 0.001,
      effect_size: 0.2,
      effect_size_ci_low: 0.16,
      effect_size_ci_high: 0.24,
      n: 120,
    })),
  ),
};

function project(t: TestContext): string {
  const folder = emptyFolder(t);
  mkdirSync(join(folder, "data", "scored"), { recursive: true });
  mkdirSync(join(folder, "effects"));
  writeFileSync(
    join(folder, "data", "scored", "a_scored.jsonl"),
    [...Array.from({ length: 120 }, (_, index) => scoredLine(index)), refusedLine("r")].join(""),
  );
  writeFileSync(join(folder, "effects", "length.json"), JSON.stringify(EFFECTS));
  return folder;
}

test("from the answer to the examples: search, filter, sort, open, differences, links", {
  skip,
}, async (t) => {
  const url = await viewerOf(t, project(t));
  const browser = await openBrowser(t);
  const { page, faults, requests } = await openPage(browser);
  await page.goto(url);
  await page.getByText("org/model pays for length: ATE +0.200 sd").waitFor();
  await page.getByRole("link", { name: "length · org/model" }).click();
  await page.getByRole("heading", { name: "Estimates" }).waitFor();
  assert.match((await textOf(page, ".warnings"))[0]!, /mind this/);
  await page.getByRole("link", { name: "Largest effects" }).click();
  await page.getByText("121 of 121 examples").waitFor();
  assert.match((await textOf(page, ".rows tbody tr"))[0]!, /^e118/);

  await page.getByLabel("Search texts, prompts and ids").fill("number 11");
  await page.getByText("11 of 121 examples").waitFor();
  await page.getByText("Filters").click();
  await page.getByLabel("Original has").selectOption("0");
  await page.getByText("5 of 121 examples").waitFor();
  await page.getByLabel("Flips").selectOption("failed");
  await page.getByText("1 of 121 examples").waitFor();
  assert.match(page.url(), /search=number\+11&arm=0&flip=failed&sort=effect/);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByText("121 of 121 examples").waitFor();
  await page.getByLabel("Rewrites").selectOption("failed:refused");
  await page.getByText("1 of 121 examples").waitFor();
  await page.getByRole("link", { name: "r", exact: true }).click();
  await page.getByText("No usable rewrite: rewrite: refused: I cannot help with that").waitFor();
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByLabel("Order").selectOption("opposite");
  await page.locator(".rows tbody tr", { hasText: "e119" }).getByRole("link").click();

  const article = page.getByRole("article");
  await article.getByRole("heading", { name: "e119" }).waitFor();
  assert.deepEqual(await textOf(page, ".texts ins"), ["changed", "original", " again"]);
  assert.deepEqual(
    (await textOf(page, ".texts del")).filter((text) => text.trim() !== ""),
    ["original", "changed"],
  );
  assert.match(
    (await textOf(page, "article table tbody tr"))[0]!,
    /org\/model\s+0.500\s+1.000\s+−10.900\s+−11.900/,
  );
  await page.keyboard.press("ArrowRight");
  await article.getByRole("heading", { name: "e117" }).waitFor();
  const link = page.url();
  await page.keyboard.press("Escape");
  await article.waitFor({ state: "detached" });
  await page.goBack();

  const again = await openPage(browser);
  await again.page.goto(link);
  await again.page.getByRole("article").getByRole("heading", { name: "e117" }).waitFor();
  assert.match((await textOf(again.page, ".rows tbody tr"))[0]!, /^e119/);
  assert.deepEqual([...faults, ...again.faults], []);
  for (const request of requests) assert.ok(request.startsWith(url), request);
});

test("axe finds nothing, light and dark, and nothing is wider than a phone", { skip }, async (t) => {
  const url = await viewerOf(t, project(t));
  const browser = await openBrowser(t);
  const places = [
    "",
    "result?file=effects%2Flength.json",
    "examples?file=data%2Fscored%2Fa_scored.jsonl&flip=failed&id=e10",
  ];
  for (const colorScheme of ["light", "dark"] as const) {
    for (const viewport of [
      { width: 1300, height: 900 },
      { width: 360, height: 740 },
    ]) {
      const { page, faults } = await openPage(browser, { colorScheme, viewport });
      for (const place of places) {
        await page.goto(url + place);
        await page.locator(".overview h1:visible, .summary:visible, article h2:visible").first().waitFor();
        if (place.includes("id=")) await page.getByRole("heading", { name: "e10" }).waitFor();
        await page.waitForLoadState("networkidle");
        assert.deepEqual(await accessibilityFaults(page), [], `${place} ${colorScheme} ${viewport.width}`);
        assert.ok((await overflow(page)) <= 0, `${place} at ${viewport.width}`);
      }
      assert.deepEqual(faults, []);
      await page.context().close();
    }
  }
});

test("hostile texts, names, keys and file names are shown as text", { skip }, async (t) => {
  const folder = emptyFolder(t);
  const file = "<img src=x onerror=alert(3)>\u202egnp_scored.jsonl";
  writeFileSync(
    join(folder, file),
    [
      scoredLine(1),
      `${JSON.stringify({
        id: HOSTILE,
        w_original: true,
        reward_question: HOSTILE,
        completions: {
          original: HOSTILE,
          rewrite: `${HOSTILE} more`,
          "rewritten rewrite": "x".repeat(1_000_000),
        },
        [HOSTILE]: { original: 1, rewrite: 2, "rewritten rewrite": 3 },
        rewrite_failure: { step: "rewrite", reason: HOSTILE, detail: HOSTILE },
        [`field ${HOSTILE}`]: { __proto__: HOSTILE },
      })}\n`,
    ].join(""),
  );
  writeFileSync(
    join(folder, "effects.json"),
    JSON.stringify({
      ...EFFECTS,
      concept: HOSTILE,
      reward_key: HOSTILE,
      dataset_filename: file,
      warnings: [HOSTILE],
    }),
  );
  const url = await viewerOf(t, folder);
  const browser = await openBrowser(t);
  const { page, faults, requests } = await openPage(browser);
  await page.goto(url);
  const shown = "<script>alert(1)</script><img src=x onerror=alert(2)></script>";
  await page.getByText(`${shown}"'>\\u{1b}[31mred\\u{202e}gnirts\\u{0} pays for`).first().waitFor();
  await page.goto(`${url}result?file=effects.json`);
  await page.getByRole("heading", { name: "Estimates" }).waitFor();
  await page.goto(url);
  await page.getByRole("link", { name: "<img src=x onerror=alert(3)>\\u{202e}gnp_scored.jsonl" }).click();
  await page.locator(".rows").getByRole("link").nth(1).click();
  const article = page.getByRole("article");
  await article.getByText(`No usable rewrite: rewrite: ${shown}`).waitFor();
  await article.getByText("1,000,000 characters").first().waitFor();
  const inside = await article.innerHTML();
  assert.doesNotMatch(inside, /<(script|img)/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
  assert.doesNotMatch(inside, /[\u0000\u001b\u202e]/);
  await article.getByRole("button", { name: "Show all 1,000,000 characters" }).first().click();
  await article.getByText("Other fields").click();
  await article.getByText("field <script>").waitFor();
  assert.equal(await page.locator("#page script, #page img").count(), 0);
  assert.deepEqual(faults, []);
  for (const request of requests) assert.ok(request.startsWith(url), request);
});

test("a file that grows is followed without asking", { skip }, async (t) => {
  const folder = emptyFolder(t);
  const path = join(folder, "a_scored.jsonl");
  writeFileSync(path, scoredLine(1));
  const url = await viewerOf(t, path);
  const { page, faults } = await openPage(await openBrowser(t));
  await page.goto(`${url}examples?file=a_scored.jsonl`);
  await page.getByText("1 of 1 example", { exact: false }).waitFor();
  writeFileSync(path, scoredLine(1) + scoredLine(2));
  await page.getByText("2 of 2 examples").waitFor({ timeout: 15_000 });
  assert.deepEqual(faults, []);
});
