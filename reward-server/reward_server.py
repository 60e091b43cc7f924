"""Serves one transformers reward model over HTTP, of any class that a recipe can describe (reward_model.py).

    POST /classify  {"input": [[token ids], ...], "token_type_ids": [[...], ...]?, "starts": [where the response begins, ...]?}
                    -> {"data": [{"index": 0, "probs": [raw outputs], "tokens": 17}, ...], "usage": {"prompt_tokens": ...}}
    POST /tokenize  {"kind": "chat", "messages": [...]} | {"kind": "pair", "prompt": ..., "response": ...} | {"kind": "response", ...}
                    -> {"ids": [...]}: what transformers itself makes of an input
    GET  /health    {"status": "loading" | "ready" | "failed", "model": ..., ...}

The answer has the shape of vLLM's /classify; outputs are never passed through a sigmoid or softmax. Texts of all requests
share batches: they are sorted by length and packed up to a budget of tokens.
"""

import argparse
import json
import os
import queue
import signal
import sys
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import torch
import transformers

from reward_model import DTYPES, RewardModel

# How long less than a batch waits for further texts.
GATHER_SECONDS = 0.004
# Batches' worth of texts that are sorted together.
WINDOW = 8
LARGEST_BODY = 256 * 2**20


@dataclass
class Text:
    ids: list[int]
    type_ids: list[int] | None
    result: Future
    # Place of the response's first token, for rewards that are log-probabilities.
    start: int = 1


class BadRequest(Exception):
    """The request is wrong; the message says how."""


class TooLong(Exception):
    """A text for which there is no memory even by itself."""


class Batcher:
    """Runs all that waits in batches of like length."""

    def __init__(self, model, budget):
        self.model = model
        self.budget = budget
        self.waiting = queue.SimpleQueue()
        self.padded = 0
        self.tokens = 0
        self.under_way = None
        threading.Thread(target=self._work, daemon=True).start()

    def submit(self, texts):
        for text in texts:
            self.waiting.put(text)

    def _gather(self):
        texts = [self.waiting.get()]
        tokens = len(texts[0].ids)
        while tokens < WINDOW * self.budget:
            try:
                text = self.waiting.get(timeout=GATHER_SECONDS) if tokens < self.budget else self.waiting.get_nowait()
            except queue.Empty:
                break
            texts.append(text)
            tokens += len(text.ids)
        return texts

    def _work(self):
        while True:
            if self.waiting.empty():
                self._finish()
            texts = sorted(self._gather(), key=lambda text: -len(text.ids))
            while texts:
                size = max(1, self.budget // len(texts[0].ids))
                self._run(texts[:size])
                texts = texts[size:]

    def _run(self, batch):
        """Starts a batch and then reads the one before it: the device has its next work before its last results are looked at."""
        try:
            started = self.model.start(batch)
        except torch.cuda.OutOfMemoryError:
            started = None
        except Exception as error:  # the request gets it; the server lives on
            return fail(batch, error)
        self._finish()
        if started is None:  # not in the except clause, which would keep alive what the failed attempt holds
            return self._run_halves(batch)
        self.under_way = (batch, started)

    def _run_halves(self, batch):
        torch.cuda.empty_cache()
        longest = len(batch[0].ids)
        if len(batch) == 1:
            return fail(batch, TooLong(f"a text of {longest} tokens does not fit into the GPU's memory"))
        half = len(batch) // 2
        self.budget = max(longest, min(self.budget, longest * half))
        self._run(batch[:half])
        self._run(batch[half:])

    def _finish(self):
        if self.under_way is None:
            return
        (batch, started), self.under_way = self.under_way, None
        try:
            results = self.model.finish(started)
        except Exception as error:
            return fail(batch, error)
        self.padded += len(batch[0].ids) * len(batch)
        self.tokens += sum(len(text.ids) for text in batch)
        for text, result in zip(batch, results, strict=True):
            text.result.set_result(result)

    def warm_up(self):
        """One batch of the largest shape: kernels are chosen and memory is taken before the first text comes."""
        length = min(512, self.model.max_tokens or 512, self.budget)
        # A real sequence where the tokenizer gives one: custom models may look for the tokens of their chat template.
        try:
            ids = self.model.tokenize({"kind": "chat", "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]})
        except Exception:
            ids = self.model.tokenize({"kind": "response", "response": "a"})
        ids = (ids + ids[-1:] * length)[:length]
        texts = [Text(ids, None, Future()) for _ in range(max(1, self.budget // length))]
        self.submit(texts)
        for text in texts:
            text.result.result()
        self.padded = self.tokens = 0


def fail(batch, error):
    for text in batch:
        text.result.set_exception(error)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, arguments):
        super().__init__((arguments.host, arguments.port), Handler)
        self.arguments = arguments
        self.batcher = None
        self.failure = None
        threading.Thread(target=self._load, daemon=True).start()

    def _load(self):
        try:
            model = RewardModel(recipe_of(self.arguments), self.arguments.device, self.arguments.dtype)
            budget = self.arguments.batch_tokens or (32768 if model.device.type == "cuda" else 4096)
            batcher = Batcher(model, budget)
            batcher.warm_up()
            self.batcher = batcher
        except Exception as error:
            self.failure = f"{type(error).__name__}: {error}"
            print(self.failure, file=sys.stderr, flush=True)

    def health(self):
        facts = {"status": "failed" if self.failure else "ready" if self.batcher else "loading", "model": recipe_of(self.arguments)["model"]}
        if self.failure:
            facts["error"] = self.failure
        if self.batcher:
            model = self.batcher.model
            facts |= {
                "revision": model.recipe.get("revision") or getattr(model.config, "_commit_hash", None),
                "output": json.dumps(model.output) if len(model.output) > 1 else model.output["field"],
                "class": type(model.model).__name__,
                "attention": getattr(model.config, "_attn_implementation", None),
                "dtype": model.dtype,
                "device": torch.cuda.get_device_name(model.device) if model.device.type == "cuda" else "cpu",
                "max_tokens": model.max_tokens,
                "batch_tokens": self.batcher.budget,
                "tokens": self.batcher.tokens,
                "padded_tokens": self.batcher.padded,
                "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
            }
        return facts


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self):
        if self.path != "/health":
            return self.reply(404, {"error": "known: GET /health, POST /classify, POST /tokenize"})
        return self.reply(503 if self.server.failure else 200, self.server.health())

    def do_POST(self):
        try:
            body = self.body()
            batcher = self.server.batcher
            if batcher is None:
                return self.reply(503, {"error": self.server.failure or "the model is still loading"})
            if self.path == "/classify":
                return self.reply(200, classify(batcher, body))
            if self.path == "/tokenize":
                ids = batcher.model.tokenize(body)
                if ids is None:
                    raise BadRequest(f'kind: expected "chat", "pair" or "response", found {body.get("kind")!r}')
                return self.reply(200, {"ids": list(ids)})
            return self.reply(404, {"error": "known: GET /health, POST /classify, POST /tokenize"})
        except BadRequest as error:
            return self.reply(400, {"error": str(error)})
        except TooLong as error:
            return self.reply(413, {"error": str(error)})
        except Exception as error:
            return self.reply(500, {"error": f"{type(error).__name__}: {error}"})

    def body(self):
        length = int(self.headers.get("content-length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            raise BadRequest(f"the body has {length} bytes; send fewer texts at once")
        try:
            body = json.loads(self.rfile.read(length))
        except ValueError as error:
            raise BadRequest(f"the body is not JSON ({error})") from error
        if not isinstance(body, dict):
            raise BadRequest("the body is not a JSON object")
        return body

    def reply(self, status, value):
        payload = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_):
        pass


def classify(batcher, body):
    rows = body.get("input")
    types = body.get("token_type_ids")
    starts = body.get("starts")
    vocabulary = batcher.model.config.vocab_size
    if not isinstance(rows, list) or not rows:
        raise BadRequest("input: expected a list of lists of token ids")
    for index, row in enumerate(rows):
        if not isinstance(row, list) or not row or not all(type(token) is int and 0 <= token < vocabulary for token in row):
            raise BadRequest(f"input[{index}]: expected token ids from 0 to {vocabulary - 1}, at least one")
        if types is not None and (len(types) != len(rows) or len(types[index]) != len(row)):
            raise BadRequest("token_type_ids: expected the shape of input")
    if batcher.model.reference is not None and not (
        isinstance(starts, list) and len(starts) == len(rows) and all(type(start) is int and 0 < start <= len(row) for start, row in zip(starts, rows))
    ):
        raise BadRequest("starts: expected the place of each response's first token, from 1: the reward is the log-probability of the response")
    texts = [
        Text(row, types[index] if types is not None else None, Future(), starts[index] if starts is not None else 1) for index, row in enumerate(rows)
    ]
    batcher.submit(texts)
    data = [{"index": index, "probs": text.result.result(), "tokens": len(text.ids)} for index, text in enumerate(texts)]
    return {
        "object": "list",
        "model": body.get("model"),
        "data": data,
        "usage": {"prompt_tokens": sum(len(text.ids) for text in texts)},
    }


def stop_with_parent():
    """Ends the server when whoever started it has gone, however that happened."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def recipe_of(arguments):
    """The recipe that a call describes: --recipe, or its parts by themselves."""
    if arguments.recipe:
        return json.loads(arguments.recipe)
    return {
        "model": arguments.model,
        "revision": arguments.revision,
        "trust_remote_code": arguments.trust_remote_code,
        "dtype": arguments.gpu_dtype,
        "class": arguments.model_class,
        "attention": arguments.attention,
        "output": {"field": arguments.output},
    }


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="name on the Hugging Face Hub, or a folder")
    parser.add_argument("--recipe", help="a whole recipe as JSON (rate models show NAME --json), in place of the options for its parts")
    parser.add_argument("--revision", help="branch, tag or commit")
    parser.add_argument("--class", dest="model_class", help="class of transformers (default: AutoModelForSequenceClassification)")
    parser.add_argument("--attention", choices=["eager", "sdpa", "flash_attention_2"], help="default: that of transformers, eager for Gemma 2")
    parser.add_argument("--output", default="logits", help="field of the model's output that holds the rewards, or its place in a tuple (default: logits)")
    parser.add_argument("--dtype", choices=sorted(DTYPES), help="default: --gpu-dtype on a GPU, float32 elsewhere")
    parser.add_argument("--gpu-dtype", choices=sorted(DTYPES), default="bfloat16", help="type on a GPU where --dtype says nothing (default: bfloat16)")
    parser.add_argument("--device", help="cuda, cuda:1, cpu (default: cuda where there is one)")
    parser.add_argument("--trust-remote-code", action="store_true", help="run the code that comes with the model")
    parser.add_argument("--batch-tokens", type=int, help="tokens in a batch, padding included (default: 32768 on a GPU, else 4096)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one; the first line on stdout says which")
    parser.add_argument("--stop-with-parent", action="store_true", help="end when standard input is closed")
    arguments = parser.parse_args()
    if (arguments.model is None) == (arguments.recipe is None):
        parser.error("give --model or --recipe, one of the two")
    return arguments


def main():
    arguments = parse_arguments()
    server = Server(arguments)
    print(json.dumps({"port": server.server_address[1]}), flush=True)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if arguments.stop_with_parent:
        threading.Thread(target=stop_with_parent, daemon=True).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
