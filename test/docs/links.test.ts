import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { REPOSITORY } from "../support/folders.js";

const pages = [
  ...readdirSync(REPOSITORY).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(REPOSITORY, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];
const textOf = (page: string) => readFileSync(join(REPOSITORY, page), "utf8");

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/`/g, "")
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");

test("links and pictures in the docs lead somewhere", () => {
  let count = 0;
  for (const page of pages) {
    const text = textOf(page).replace(/^```[\s\S]*?^```/gm, "");
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(?:https?|mailto):/.test(target!)) continue;
      count += 1;
      const [path, anchor] = target!.split("#");
      const file = path === "" ? page : join(dirname(page), path!);
      assert.ok(existsSync(join(REPOSITORY, file)), `${page}: ${target}`);
      if (anchor === undefined) continue;
      const anchors = [...textOf(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!));
      assert.ok(anchors.includes(anchor), `${page}: ${target}`);
    }
  }
  assert.ok(count > 40, `only ${count} links`);
});

test("every page of the docs can be reached from the README", () => {
  const reached = new Set<string>();
  const visit = (page: string): void => {
    if (reached.has(page)) return;
    reached.add(page);
    for (const [, target] of textOf(page).matchAll(/\]\(([^)#\s]+\.md)(?:#[^)]*)?\)/g)) {
      const file = join(dirname(page), target!);
      if (!target!.includes("://") && existsSync(join(REPOSITORY, file))) visit(file);
    }
  };
  visit("README.md");
  for (const page of pages) assert.ok(reached.has(page), `${page} is linked from no page`);
});
