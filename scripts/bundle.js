/** Joins the built sources of the command line into few files, `dist/program`, which load in half the time. */
import { readFileSync } from "node:fs";
import { build } from "esbuild";

/** Libraries that every command needs go in; the others are loaded by those that need them. */
const JOINED = ["commander", "fastest-levenshtein", "get-east-asian-width"];

/** commander starts other programs only for subcommands in files of their own, of which there are none: what Node has for that takes 6 ms to load. */
const withoutPrograms = {
  name: "without programs",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[/\\]commander[/\\]/.test(importer) ? { path: "nothing", namespace: "nothing" } : undefined,
    );
    onLoad({ filter: /^nothing$/, namespace: "nothing" }, () => ({ contents: "module.exports = {};" }));
  },
};

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
  plugins: [withoutPrograms],
  logLevel: "warning",
});
