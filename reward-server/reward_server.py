"""Serves one transformers sequence classifier, custom code included, over HTTP.

    POST /classify  {"input": [[token ids], ...], "token_type_ids": [[...], ...]?}
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
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModelForSequenceClassification, AutoTokenizer

DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}
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


class BadRequest(Exception):
    """The request is wrong; the message says how."""


class TooLong(Exception):
    """A text for which there is no memory even by itself."""


class RewardModel:
    """The model and its tokenizer. `output` names the field of the model's output that holds the rewards."""

    def __init__(self, arguments):
        self.output = arguments.output
        self.device = torch.device(arguments.device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.dtype = arguments.dtype or (arguments.gpu_dtype if self.device.type == "cuda" else "float32")
        where = {"revision": arguments.revision, "trust_remote_code": arguments.trust_remote_code}
        dtype_name = "torch_dtype" if int(transformers.__version__.split(".")[0]) < 5 else "dtype"
        self.tokenizer = AutoTokenizer.from_pretrained(arguments.model, **where)
        self.model = AutoModelForSequenceClassification.from_pretrained(
            arguments.model, **where, **{dtype_name: DTYPES[self.dtype]}
        )
        self.model.to(self.device).eval()
        self.pad_id = next(
            (
                found
                for found in (self.model.config.pad_token_id, self.tokenizer.pad_token_id)
                if isinstance(found, int) and found >= 0
            ),
            None,
        )
        if self.model.config.pad_token_id is None:
            self.model.config.pad_token_id = self.pad_id
        # Nothing is generated: keys and values of past tokens would only take memory.
        self.model.config.use_cache = False
        self.max_tokens = getattr(self.model.config, "max_position_embeddings", None)

    @torch.inference_mode()
    def start(self, texts):
        """Sets the device to work on texts, padded on the right; what comes back is for `finish`, and need not be there yet."""
        fill = lambda rows, value: pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=value)
        ids = fill([text.ids for text in texts], self.pad_id or 0)
        lengths = torch.tensor([[len(text.ids)] for text in texts])
        feeds = {"input_ids": ids, "attention_mask": (torch.arange(ids.shape[1]) < lengths).long()}
        if any(text.type_ids is not None for text in texts):
            feeds["token_type_ids"] = fill([text.type_ids or [0] * len(text.ids) for text in texts], 0)
        output = self.model(**{name: tensor.to(self.device) for name, tensor in feeds.items()})
        values = output[self.output] if isinstance(output, dict) else getattr(output, self.output)
        return values.reshape(len(texts), -1).float()

    def finish(self, started):
        """Raw outputs of texts, one list of numbers a text, once the device has them."""
        return started.cpu().tolist()

    def tokenize(self, body):
        kind = body.get("kind")
        if kind == "chat":
            text = self.tokenizer.apply_chat_template(body["messages"], tokenize=False, add_generation_prompt=False)
            return self.tokenizer(text, add_special_tokens=False)["input_ids"]
        if kind == "pair":
            return self.tokenizer(body["prompt"], body["response"])["input_ids"]
        if kind == "response":
            return self.tokenizer(body["response"])["input_ids"]
        raise BadRequest(f'kind: expected "chat", "pair" or "response", found {kind!r}')


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
                # Without a pad token transformers finds the last token of a single text only.
                size = max(1, self.budget // len(texts[0].ids)) if self.model.pad_id is not None else 1
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
            model = RewardModel(self.arguments)
            budget = self.arguments.batch_tokens or (32768 if model.device.type == "cuda" else 4096)
            batcher = Batcher(model, budget)
            batcher.warm_up()
            self.batcher = batcher
        except Exception as error:
            self.failure = f"{type(error).__name__}: {error}"
            print(self.failure, file=sys.stderr, flush=True)

    def health(self):
        facts = {"status": "failed" if self.failure else "ready" if self.batcher else "loading", "model": self.arguments.model}
        if self.failure:
            facts["error"] = self.failure
        if self.batcher:
            model = self.batcher.model
            facts |= {
                "revision": self.arguments.revision or getattr(model.model.config, "_commit_hash", None),
                "output": model.output,
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
                return self.reply(200, {"ids": list(batcher.model.tokenize(body))})
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
    vocabulary = batcher.model.model.config.vocab_size
    if not isinstance(rows, list) or not rows:
        raise BadRequest("input: expected a list of lists of token ids")
    for index, row in enumerate(rows):
        if not isinstance(row, list) or not row or not all(type(token) is int and 0 <= token < vocabulary for token in row):
            raise BadRequest(f"input[{index}]: expected token ids from 0 to {vocabulary - 1}, at least one")
        if types is not None and (len(types) != len(rows) or len(types[index]) != len(row)):
            raise BadRequest("token_type_ids: expected the shape of input")
    texts = [Text(row, types[index] if types is not None else None, Future()) for index, row in enumerate(rows)]
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


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="name on the Hugging Face Hub, or a folder")
    parser.add_argument("--revision", help="branch, tag or commit")
    parser.add_argument("--output", default="logits", help="field of the model's output that holds the rewards (default: logits)")
    parser.add_argument("--dtype", choices=sorted(DTYPES), help="default: --gpu-dtype on a GPU, float32 elsewhere")
    parser.add_argument("--gpu-dtype", choices=sorted(DTYPES), default="bfloat16", help="type on a GPU where --dtype says nothing (default: bfloat16)")
    parser.add_argument("--device", help="cuda, cuda:1, cpu (default: cuda where there is one)")
    parser.add_argument("--trust-remote-code", action="store_true", help="run the code that comes with the model")
    parser.add_argument("--batch-tokens", type=int, help="tokens in a batch, padding included (default: 32768 on a GPU, else 4096)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one; the first line on stdout says which")
    parser.add_argument("--stop-with-parent", action="store_true", help="end when standard input is closed")
    return parser.parse_args()


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
