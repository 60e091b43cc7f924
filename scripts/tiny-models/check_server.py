"""Compares a running reward server with the reference.json of a model made by make.py: token ids and scores.

    python check_server.py --model FOLDER --url http://127.0.0.1:8000 --kind chat
"""

import argparse
import json
import urllib.request
from pathlib import Path


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--kind", choices=["chat", "pair", "response"], required=True)
    arguments = parser.parse_args()
    cases = [case for case in json.loads((arguments.model / "reference.json").read_text()) if case["side"] == "right"]
    answer = post(f"{arguments.url}/classify", {"input": [case["ids"] for case in cases]})
    largest = max(
        abs(found - expected)
        for case, row in zip(cases, answer["data"], strict=True)
        for found, expected in zip(row["probs"], case["outputs"], strict=True)
    )
    spread = max(case["outputs"][0] for case in cases) - min(case["outputs"][0] for case in cases)
    alike = 0
    for case in cases:
        turns = case["prompt"] if isinstance(case["prompt"], list) else [{"role": "user", "content": case["prompt"]}]
        messages = [*turns, {"role": "assistant", "content": case["response"]}]
        body = {"kind": arguments.kind, "messages": messages, "prompt": case["plain"], "response": case["response"]}
        ids = post(f"{arguments.url}/tokenize", body)["ids"]
        alike += ids[: len(case["ids"]) - 1] == case["ids"][:-1]
    print(f"{arguments.model.name}: largest difference {largest:.2e}, scores spread over {spread:.2f}, token ids alike in {alike} of {len(cases)}")
    if largest > 1e-4 or alike < len(cases):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
