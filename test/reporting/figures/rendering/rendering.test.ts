import assert from "node:assert/strict";
import { test } from "node:test";
import type { TopLevelSpec } from "vega-lite";
import { loadFaces, widthOf } from "../../../../src/reporting/figures/rendering/fonts.js";
import { FIGURE_FORMATS, renderFor } from "../../../../src/reporting/figures/rendering/index.js";
import { renderSvg } from "../../../../src/reporting/figures/rendering/svg.js";

function barsOf(name: string): TopLevelSpec {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    description: `bars of ${name}`,
    data: { values: [{ name, value: 1 }] },
    mark: { type: "bar", clip: true },
    encoding: {
      y: { field: "name", type: "nominal", title: "Who", axis: { labelLimit: 0 } },
      x: { field: "value", type: "quantitative" },
    },
  };
}

test("the same figure has the same bytes in every format, whatever is drawn between", async () => {
  for (const format of FIGURE_FORMATS) {
    const first = Buffer.from(await renderFor(`figure${format}`, barsOf("a")));
    await renderFor(`other${format}`, barsOf("something else"));
    const second = Buffer.from(await renderFor(`figure${format}`, barsOf("a")));
    assert.ok(first.equals(second), format);
  }
});

test("every format is what its name says", async () => {
  const start = async (format: string) =>
    Buffer.from(await renderFor(`f${format}`, barsOf("a"))).subarray(0, 5);
  assert.equal((await start(".svg")).toString(), "<svg ");
  assert.deepEqual([...(await start(".PNG"))].slice(0, 4), [0x89, 0x50, 0x4e, 0x47]);
  assert.equal((await start(".pdf")).toString(), "%PDF-");
  assert.deepEqual(JSON.parse(String(await renderFor("f.json", barsOf("a")))), barsOf("a"));
  await assert.rejects(
    renderFor("figure.jpg", barsOf("a")),
    /figure\.jpg: figures are written as \.svg, \.png, \.pdf, \.json/,
  );
});

test("a label's place is as wide as the font draws it: long names are neither cut nor moved into the figure", async () => {
  const { normal } = await loadFaces();
  // Widths by hand from the font's own advances: 2,048 units an em; "W" of DejaVu Sans Condensed is 1,822 wide.
  assert.equal(widthOf("W", normal), 1822 / 2048);
  const widthOfFigure = async (name: string) =>
    Number(/ width="(\d+)"/.exec(await renderSvg(barsOf(name), { fonts: false }))![1]);
  const [short, long] = ["W".repeat(20), "W".repeat(80)];
  const grown = (await widthOfFigure(long)) - (await widthOfFigure(short));
  assert.ok(Math.abs(grown - 60 * (1822 / 2048) * 10) <= 2, `grew by ${grown}`);
});

test("a figure carries its fonts, and refers to nothing outside", async () => {
  const svg = await renderSvg(barsOf("ßλж"));
  assert.match(
    svg,
    /@font-face\{font-family:"DejaVu Sans";font-weight:normal;src:url\(data:font\/woff2;base64,/,
  );
  assert.match(svg, /font-weight:bold/);
  assert.doesNotMatch(svg.replaceAll(/xmlns(:\w+)?="[^"]*"/g, ""), /https?:|file:/);
  assert.ok((await renderSvg(barsOf("ßλж"), { fonts: false })).length < svg.length / 2);
});

test("hostile names are text", async () => {
  const hostile = `</text><script>alert(1)</script>" onload="x" &amp; url(#a)`;
  const svg = await renderSvg(barsOf(hostile));
  assert.doesNotMatch(svg, /<script|<\/text><s/);
  assert.ok(svg.includes("&lt;/text&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
});
