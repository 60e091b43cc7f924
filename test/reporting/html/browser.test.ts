import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  accessibilityFaults,
  openBrowser,
  openPage,
  overflow,
  withoutBrowser,
} from "../../support/browser.js";
import { emptyFolder } from "../../support/folders.js";
import { rate } from "../../support/program.js";

const HOSTILE = `<img src=x onerror="alert(1)"></script><script>alert(2)</script>\u001b[31m\u202e{{"'&`;
const LONG = "word ".repeat(200_000);
const MODELS = ["org/<b>model</b>", `${HOSTILE}model`];

/** A scored file with hostile, long, failed and unflipped examples under two reward models. */
function scoredFile(path: string): void {
  const lines = Array.from({ length: 60 }, (_, i) => {
    const treated = i % 2 === 0;
    const step = treated ? 0.5 : -0.5;
    const text = i === 1 ? LONG : `${HOSTILE} text number ${i}`;
    const failed = i % 20 === 7;
    const rewards = (scale: number) => ({
      original: Math.sin(i) + step,
      rewrite: scale * Math.sin(i),
      "rewritten rewrite": scale * Math.sin(i) + step + Math.cos(i) / 5,
    });
    return JSON.stringify({
      id: i === 2 ? HOSTILE : `e${i}`,
      w_original: treated,
      reward_question: HOSTILE,
      completions: {
        original: text,
        ...(!failed && { rewrite: `${text} less`, "rewritten rewrite": `more ${text}` }),
      },
      w_rewrite: i % 10 === 4 ? treated : !treated,
      w_rewritten_rewrite: treated,
      ...(failed
        ? { rewrite_failure: { step: "rewrite", reason: "refused", detail: HOSTILE } }
        : { [MODELS[0]!]: rewards(1), [MODELS[1]!]: rewards(2) }),
    });
  });
  writeFileSync(path, lines.join("\n"));
}

test("the report in a browser: hostile data does nothing, nothing is asked for, everyone can read it", {
  skip: withoutBrowser,
}, async (t) => {
  const folder = emptyFolder(t);
  const [scored, output] = [join(folder, "scored <i>&.jsonl"), join(folder, "report.html")];
  scoredFile(scored);
  const made = await rate(["report", scored, "--concept", HOSTILE, "--output", output]);
  assert.equal(made.code, 0, made.stderr);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  assert.doesNotMatch(made.stdout + made.stderr, /\u001b|\u202e/u);
  const browser = await openBrowser(t);
  for (const colorScheme of ["light", "dark"] as const) {
    const { page, faults, requests } = await openPage(browser, { colorScheme });
    await page.goto(pathToFileURL(output).href);
    assert.deepEqual(await accessibilityFaults(page), [], colorScheme);
    await page.evaluate(
      "document.querySelectorAll('details').forEach((details) => { details.open = true; })",
    );
    assert.deepEqual(await accessibilityFaults(page), [], `${colorScheme}, all open`);
    assert.deepEqual([faults, requests.length], [[], 1], "no fault, no request but for the page");
    assert.ok((await page.textContent("#answer"))!.includes("<img src=x"), "names are text");
    await page.close();
  }
  const phone = await openPage(browser, { viewport: { width: 360, height: 740 } });
  await phone.page.goto(pathToFileURL(output).href);
  await phone.page.evaluate(
    "document.querySelectorAll('details').forEach((details) => { details.open = true; })",
  );
  assert.equal(await overflow(phone.page), 0, "no scrolling sideways on a phone");
});

/** The path of a report on a small scored file. */
async function reportOf(t: TestContext): Promise<string> {
  const folder = emptyFolder(t);
  const [scored, output] = [join(folder, "scored.jsonl"), join(folder, "report.html")];
  scoredFile(scored);
  assert.equal((await rate(["report", scored, "--concept", "length", "--output", output])).code, 0);
  return output;
}

test("the report is used: pick, filter, sort, hover, and by keyboard", {
  skip: withoutBrowser,
}, async (t) => {
  const output = await reportOf(t);
  const { page, faults } = await openPage(await openBrowser(t));
  await page.goto(pathToFileURL(output).href);
  const lines = page.locator("#estimates .forest:visible > li:visible");
  assert.equal(await lines.count(), 2);
  await page.selectOption("select[name=model]", "1");
  assert.equal(await lines.count(), 1);
  await page.selectOption("select[name=model]", "");
  await page.selectOption("select[name=estimand]", "att");
  assert.equal(await page.locator("#estimates figure[data-estimand]:visible").count(), 1);

  const examples = page.locator("details.example:visible");
  const all = await examples.count();
  await page.selectOption("select[name=kind]", "failed_rewrite");
  assert.equal(await examples.count(), 2);
  assert.match((await examples.first().textContent())!, /refused/);
  await page.selectOption("select[name=arm]", "1");
  assert.equal(await examples.count(), 0);
  assert.ok(await page.getByText("No example here is of this kind").isVisible());
  await page.selectOption("select[name=arm]", "");
  await page.selectOption("select[name=kind]", "failed_flip");
  assert.ok((await examples.count()) < all);
  assert.ok((await examples.first().locator("ins, del").count()) > 0, "changes are marked");

  await page.getByText("The numbers").first().click();
  const table = page.locator("#estimates table.sortable").last();
  const column = () => table.locator("tbody tr td:nth-child(8)").allTextContents();
  await table.getByRole("button", { name: "standard error" }).click();
  const up = (await table.locator("tbody tr td:nth-child(7)").allTextContents()).map(Number);
  assert.deepEqual(
    up,
    [...up].sort((a, b) => a - b),
  );
  assert.equal((await column()).length, up.length);

  await page.locator("#estimates .mark.rate:visible").first().hover();
  assert.match((await page.locator(".tip").textContent())!, /^RATE [+−]\d/);

  await page.goto("about:blank");
  await page.goto(pathToFileURL(output).href);
  const reached = new Set<string>();
  for (let press = 0; press < 40; press += 1) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate("document.activeElement.name || document.activeElement.tagName"));
  }
  for (const wanted of ["A", "model", "estimand", "SUMMARY"])
    assert.ok(reached.has(wanted), `Tab reaches ${wanted}`);
  assert.deepEqual(faults, []);
});

test("on paper: black on white in the dark too, all parts open, no controls, no table wider than the page", {
  skip: withoutBrowser,
}, async (t) => {
  const output = await reportOf(t);
  // A4 with margins of 15 mm.
  const viewport = { width: 680, height: 1000 };
  const { page, faults } = await openPage(await openBrowser(t), { colorScheme: "dark", viewport });
  await page.goto(pathToFileURL(output).href);
  await page.emulateMedia({ media: "print" });
  await page.evaluate("dispatchEvent(new Event('beforeprint'))");
  assert.equal(
    await page.evaluate("getComputedStyle(document.documentElement).backgroundColor"),
    "rgb(255, 255, 255)",
  );
  assert.equal(await page.locator("details:visible:not([open])").count(), 0);
  assert.equal(await page.locator("nav:visible, select:visible, button[data-open]:visible").count(), 0);
  assert.deepEqual(
    await page.evaluate(`[...document.querySelectorAll(".table")].filter((table) => table.scrollWidth > table.clientWidth)
      .map((table) => table.getAttribute("aria-label"))`),
    [],
  );
  assert.deepEqual(faults, []);
});

test("long texts are shortened, and the file stays small", async (t) => {
  const folder = emptyFolder(t);
  const [scored, output] = [join(folder, "scored.jsonl"), join(folder, "report.html")];
  scoredFile(scored);
  const made = await rate(["report", scored, "--concept", "length", "--examples", "60", "--output", output]);
  assert.equal(made.code, 0, made.stderr);
  const html = readFileSync(output, "utf8");
  assert.ok(html.length < 2_000_000, `${html.length} characters`);
  assert.match(html, /Characters 1 to 3000 of 1,000,000 are shown/);
});
