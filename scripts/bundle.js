/** Joins the built sources of the command line into few files, `dist/program`, which load in half the time. */
import { readFileSync } from "node:fs";
import { build } from "esbuild";

/** Libraries that every command needs go in; the others are loaded by those that need them. */
const JOINED = ["commander", "fastest-levenshtein", "get-east-asian-width"];

const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
await build({
  entryPoints: ["dist/src/cli/main.js"],
  outdir: "dist/program",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: Object.keys(dependencies).filter((name) => !JOINED.includes(name)),
  // What was CommonJS asks for Node's modules by `require`.
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
  logLevel: "warning",
});
