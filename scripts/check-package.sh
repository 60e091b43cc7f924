#!/usr/bin/env bash
# Installs the package as a user does, without install scripts, into an empty project in an empty home, and uses it there.
set -euo pipefail
cd "$(dirname "$0")/.."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir "$work/home" "$work/project"

npm pack --ignore-scripts --silent --pack-destination "$work" >/dev/null
cd "$work/project"
export HOME="$work/home"
npm init --yes >/dev/null
npm install --ignore-scripts --no-fund --no-audit --loglevel=error "$work"/rate-rm-*.tgz
echo "installed: $(du -sm node_modules | cut -f1) MB"

npx rate --version
npx rate demo --output demo --json >demo.json
cat >use.mjs <<'USE'
import { readFile } from "node:fs/promises";
import { estimateEffects, readScored } from "rate-rm";
const { results } = JSON.parse(await readFile("demo.json", "utf8"));
for (const { dataset_filename, reward_key, ATE_rewritten_rewrite } of results) {
  const { table } = await readScored(`demo/data/scored/${dataset_filename}`, { rewardKey: reward_key });
  const ate = estimateEffects(table).rows.find((row) => row.estimator === "rate" && row.estimand === "ate");
  if (ate.value !== ATE_rewritten_rewrite) throw new Error(`${dataset_filename}: ${ate.value} is not ${ATE_rewritten_rewrite}`);
  console.log(`${dataset_filename}: ${ate.value.toFixed(4)}`);
}
USE
node use.mjs

# What only some users need is not installed, and says so.
for output in figure.pdf figure.png; do
    if npx rate plot forest demo/effects/*.json --output "$output" 2>refused; then
        echo "$output was made without its package" >&2
        exit 1
    fi
    grep -q "npm install" refused || { cat refused >&2; exit 1; }
done
echo "the package works"
