#!/usr/bin/env bash
# Makes the small models and compares what the reward server gives with what transformers gives, one text at a time.
set -euo pipefail
cd "$(dirname "$0")/../.."
python="$1"
models="$(mktemp -d)"
server=""
trap 'kill $server 2>/dev/null || true; rm -rf "$models"' EXIT
"$python" scripts/tiny-models/make.py --sentences node_modules/sentiment/test/fixtures --output "$models" 2> "$models/make.log" || { cat "$models/make.log"; exit 1; }

check() { # model kind output
  "$python" reward-server/reward_server.py --model "$models/$1" --output "$3" --trust-remote-code --port 0 > "$models/port" 2> "$models/server.log" &
  server=$!
  for _ in $(seq 240); do
    sleep 0.5
    port="$("$python" -c 'import json,sys; print(json.loads(sys.stdin.read() or "{}").get("port", ""))' < "$models/port")"
    health="$("$python" -c 'import sys,urllib.request; print(urllib.request.urlopen("http://127.0.0.1:" + sys.argv[1] + "/health").read().decode())' "$port" 2> /dev/null || true)"
    case "$health" in *'"ready"'*) break ;; esac
  done
  "$python" scripts/tiny-models/check_server.py --model "$models/$1" --url "http://127.0.0.1:$port" --kind "$2" || { cat "$models/server.log"; exit 1; }
  kill "$server"
  wait "$server" 2>/dev/null || true
}

check distilbert response logits
check deberta pair logits
check llama chat logits
check gated chat score
"$python" scripts/tiny-models/check_memory.py
