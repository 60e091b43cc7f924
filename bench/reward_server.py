"""How fast the reward server is, beside a loop over transformers: a Llama classifier with random weights on texts as long as IMDB's.

    python reward_server.py --size 8b        on a GPU, in bfloat16; writes 15 GB into --folder
    python reward_server.py --size tiny --texts 60

Three ways to score: one text at a time as published code does, under autocast; the server alone, sent token ids as the program sends
them; and `rate score` with the server, from text to file (where Node.js is there and the program is built). Beside them
large matrix products of the same type, which bound all three. Prints a table.
"""

import argparse
import json
import math
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, LlamaConfig, LlamaForSequenceClassification

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.append(str(REPOSITORY / "scripts" / "tiny-models"))

SIZES = {  # width, inner width, layers, heads, heads of keys and values, vocabulary
    "tiny": (64, 128, 2, 2, 1, 8192),
    "1b": (2048, 8192, 16, 32, 8, 128256),
    "8b": (4096, 14336, 32, 32, 8, 128256),
}
PROMPT = "Write a review of a film."
# As the program sends them: requests under way at once, texts in each.
CONCURRENCY, TEXTS_AT_ONCE = 8, 64


def make(arguments):
    """A model of the size that is asked for, unless its folder holds one."""
    from make import llama3

    folder = arguments.folder / arguments.size
    if (folder / "config.json").exists():
        return folder
    width, inner, layers, heads, groups, vocabulary = SIZES[arguments.size]
    tokenizer = llama3(sentences(arguments), vocabulary=8000)
    config = LlamaConfig(
        hidden_size=width, intermediate_size=inner, num_hidden_layers=layers, num_attention_heads=heads, num_key_value_heads=groups,
        vocab_size=vocabulary, max_position_embeddings=8192, rope_theta=500000.0, pad_token_id=tokenizer.pad_token_id, num_labels=1,
    )
    torch.manual_seed(0)
    with torch.device(arguments.device):
        model = LlamaForSequenceClassification(config).to(arguments.dtype)
    model.save_pretrained(folder)
    tokenizer.model_max_length = 8192
    tokenizer.save_pretrained(folder)
    return folder


def sentences(arguments):
    return [row["text"] for file in sorted(arguments.sentences.glob("*.json")) for row in json.loads(file.read_text())]


def imdb_like(arguments):
    """Texts of real sentences whose numbers of words are distributed about as in IMDB's reviews: log-normal, median 174."""
    draw, known = random.Random(0), sentences(arguments)
    texts = []
    for _ in range(arguments.texts):
        wanted = min(1000, max(10, draw.lognormvariate(math.log(174), 0.7)))
        words = []
        while len(words) < wanted:
            words += draw.choice(known).split()
        texts.append(" ".join(words))
    return texts


def operations(size, lengths):
    """Multiplications and additions: 2 for each weight and token, and attention's two products over what comes before each token."""
    width, inner, layers, heads, groups, _ = SIZES[size]
    weights = layers * (2 * width**2 + 2 * width**2 * groups // heads + 3 * width * inner)
    return sum(2 * tokens * weights + 2 * layers * tokens**2 * width for tokens in lengths)


@torch.inference_mode()
def matrix_peak(device, dtype):
    """Operations a second of large matrix products."""
    size = 8192 if device.type == "cuda" else 1024
    a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    finish = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    best = 0.0
    for _ in range(30):
        finish()
        started = time.perf_counter()
        a @ b
        finish()
        best = max(best, 2 * size**3 / (time.perf_counter() - started))
    return best


@torch.inference_mode()
def loop(folder, texts, device, dtype):
    """One text at a time, from text to number. The median text's speed would flatter it: these are tokens and texts of the whole."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, torch_dtype="auto").to(device, dtype).eval()

    def one(text):
        messages = [{"role": "user", "content": PROMPT}, {"role": "assistant", "content": text}]
        ids = tokenizer(tokenizer.apply_chat_template(messages, tokenize=False), add_special_tokens=False, return_tensors="pt")
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
            return model(**{name: ids[name].to(device) for name in ("input_ids", "attention_mask")}).logits[0, 0].item()

    for text in texts[:3]:
        one(text)
    started = time.perf_counter()
    scores = [one(text) for text in texts]
    return time.perf_counter() - started, scores


def start_server(folder, device):
    command = [sys.executable, REPOSITORY / "reward-server" / "reward_server.py", "--model", folder, "--port", "0", "--device", str(device)]
    server = subprocess.Popen([*command, "--stop-with-parent"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    url = f"http://127.0.0.1:{json.loads(server.stdout.readline())['port']}"
    while (health := ask(f"{url}/health"))["status"] == "loading":
        time.sleep(0.2)
    if health["status"] != "ready":
        raise SystemExit(health["error"])
    return server, url


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, {"content-type": "application/json"}), timeout=600) as answer:
        return json.load(answer)


def served(url, rows):
    """Seconds, and scores in the order of the rows."""
    order = sorted(range(len(rows)), key=lambda row: -len(rows[row]))
    requests = [order[at : at + TEXTS_AT_ONCE] for at in range(0, len(order), TEXTS_AT_ONCE)]
    scores = [0.0] * len(rows)

    def send(request):
        answer = ask(f"{url}/classify", {"input": [rows[row] for row in request]})
        for row, found in zip(request, answer["data"], strict=True):
            scores[row] = found["probs"][0]

    started = time.perf_counter()
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        list(pool.map(send, requests))
    return time.perf_counter() - started, scores


def rate_score(url, folder, texts):
    """Seconds that `rate score` says it took for a file of these texts, a probe of the server and writing included; None without the program."""
    program = REPOSITORY / "bin" / "rate"
    if shutil.which("node") is None or not (REPOSITORY / "dist" / "src").exists():
        return None
    keys = ["original", "rewrite", "rewritten rewrite"]
    with tempfile.TemporaryDirectory() as project:
        project = Path(project)
        examples = {
            str(at): {"w_original": at % 2 == 0, "reward_question": PROMPT, "completions": dict(zip(keys, texts[at : at + 3], strict=True))}
            for at in range(0, len(texts) - 2, 3)
        }
        (project / "reviews.json").write_text(json.dumps(examples))
        (project / "bench.yaml").write_text(f"model: {json.dumps(str(folder))}\ninput: chat\nmax_tokens: 8192\nruntimes: [transformers]\n")
        call = [program, "score", "--project-dir", project, "--dataset", project / "reviews.json", "--model", project / "bench.yaml"]
        # Random weights in bfloat16 may trip over these; their scores are not looked at.
        call += ["--runtime", "reward-server", "--endpoint", url, "--allow-probe", "truncation", "batch", "noise"]
        started = time.perf_counter()
        subprocess.run(call, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        return time.perf_counter() - started


def line(what, measured, goal=""):
    print(f"| {what} | {measured} | {goal} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="8b")
    parser.add_argument("--texts", type=int, default=3000)
    parser.add_argument("--loop-texts", type=int, default=300, help="how many of them the loop gets (default: 300)")
    parser.add_argument("--device", type=torch.device, default=torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "build" / "bench" / "reward-server", help="where the model lies, or is put")
    parser.add_argument("--sentences", type=Path, default=REPOSITORY / "node_modules" / "sentiment" / "test" / "fixtures")
    arguments = parser.parse_args()
    device = arguments.device
    arguments.dtype = dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    folder = make(arguments)
    texts = imdb_like(arguments)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    chats = ([{"role": "user", "content": PROMPT}, {"role": "assistant", "content": text}] for text in texts)
    rows = [tokenizer(tokenizer.apply_chat_template(chat, tokenize=False), add_special_tokens=False)["input_ids"] for chat in chats]
    lengths = [len(row) for row in rows]
    peak = matrix_peak(device, dtype)

    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    print(f"{name}, {str(dtype).removeprefix('torch.')}, torch {torch.__version__}: {len(texts)} texts, {sum(lengths)} tokens, median {statistics.median(lengths):.0f}\n")
    line("what", "measured", "goal")
    line("---", "---", "---")

    def report(what, seconds, lengths, goals=("", "")):
        share = operations(arguments.size, lengths) / seconds / peak
        speed = f"{len(lengths) / seconds:.1f} texts/s, {sum(lengths) / seconds:.0f} tokens/s"
        beside = f", {loop_seconds / sum(looped) * sum(lengths) / seconds:.2f} × the loop" if what != "loop" else ""
        line(what, f"{speed}, {100 * share:.1f} % of matrix products' speed{beside}", ", ".join(filter(None, goals)))

    few = min(arguments.loop_texts, len(texts))
    looped = lengths[:few]
    loop_seconds, loop_scores = loop(folder, texts[:few], device, dtype)
    report("loop", loop_seconds, looped)
    if device.type == "cuda":
        torch.cuda.empty_cache()
    server, url = start_server(folder, device)
    try:
        seconds, scores = served(url, rows)
        report("reward server", seconds, lengths, ("half of that speed", "3 × the loop"))
        health = ask(f"{url}/health")
        whole = rate_score(url, folder, texts)
        if whole is not None:
            report("rate score with it", whole, lengths[: len(lengths) // 3 * 3])
    finally:
        server.stdin.close()
        server.wait(timeout=30)
    line("matrix products", f"{peak / 1e12:.3g} TFLOP/s")
    line("padding", f"{100 * (1 - health['tokens'] / health['padded_tokens']):.1f} %", "below 5 %")
    largest = max(abs(a - b) for a, b in zip(loop_scores, scores))
    line("largest difference from the loop", f"{largest:.2g}, where scores have a standard deviation of {statistics.pstdev(scores):.2g}")


if __name__ == "__main__":
    main()
