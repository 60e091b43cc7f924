import assert from "node:assert/strict";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startViewer } from "../../../src/viewer/server/server.js";
import { openBrowser, openPage, withoutBrowser } from "../../support/browser.js";
import { emptyFolder } from "../../support/folders.js";
import { scoredLine } from "../../support/scored-file.js";

const EXAMPLES = 100_000;

test("100,000 examples in 400 MB: the first rows come before the file is read; then search, order, pages", {
  skip: withoutBrowser,
}, async (t) => {
  const folder = emptyFolder(t);
  const file = createWriteStream(join(folder, "large_scored.jsonl"));
  const padding = "of no use but to be long ".repeat(155);
  for (let index = 0; index < EXAMPLES; index += 1)
    if (!file.write(scoredLine(index, { padding }))) await once(file, "drain");
  file.end();
  await once(file, "finish");

  const viewer = await startViewer({ paths: [folder], port: 0 });
  t.after(() => viewer.close());
  const { page, faults, requests } = await openPage(await openBrowser(t));
  await page.goto(`${viewer.url}examples?file=large_scored.jsonl`);
  await page.getByRole("link", { name: "e0", exact: true }).waitFor();
  assert.match(
    await page.locator(".meter").innerText(),
    /^Reading the file: \d+ %; what has been read is shown\.$/,
  );
  await page.getByText("100,000 of 100,000 examples").waitFor({ timeout: 60_000 });

  await page.getByLabel("Order").selectOption("effect");
  await page.getByRole("link", { name: "e99998", exact: true }).waitFor();
  await page.getByRole("link", { name: "Last", exact: true }).click();
  await page.getByText("Page 2,000 of 2,000").waitFor();
  await page.getByRole("link", { name: "e99999", exact: true }).click();
  await page.getByRole("article").getByRole("heading", { name: "e99999" }).waitFor();
  await page.getByRole("link", { name: "Close" }).click();
  await page.getByLabel("Search texts, prompts and ids").fill("changed number 77777");
  await page.getByText("1 of 100,000 examples").waitFor({ timeout: 60_000 });
  assert.deepEqual(faults, []);
  for (const request of requests) assert.ok(request.startsWith(viewer.url), request);
});
