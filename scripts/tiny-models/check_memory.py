"""Checks what the reward server does when the GPU's memory runs out, with a model that says so where it has none: no GPU is needed."""

import sys
from concurrent.futures import Future
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).resolve().parents[2] / "reward-server"))

from reward_server import Batcher, Text, TooLong  # noqa: E402

ROOM = 100


class SmallModel:
    """Has room for so many tokens, padding included; a text's score is its first token."""

    pad_id = 0

    def __init__(self):
        self.sizes = []

    def start(self, texts):
        size = len(texts) * max(len(text.ids) for text in texts)
        self.sizes.append(size)
        if size > ROOM:
            raise torch.cuda.OutOfMemoryError(f"no room for {size} tokens")
        return [[float(text.ids[0])] for text in texts]

    def finish(self, started):
        return started


def main():
    model = SmallModel()
    batcher = Batcher(model, budget=800)
    texts = [Text([token] * (5 + token % 16), None, Future()) for token in range(120)]
    batcher.submit(texts)
    for token, text in enumerate(texts):
        assert text.result.result(timeout=10) == [float(token)], token
    assert batcher.budget <= ROOM, batcher.budget
    tried = len(model.sizes)
    # Now that the room is known nothing is tried in vain.
    again = [Text([token] * 10, None, Future()) for token in range(120)]
    batcher.submit(again)
    for token, text in enumerate(again):
        assert text.result.result(timeout=10) == [float(token)], token
    assert max(model.sizes[tried:]) <= ROOM, model.sizes[tried:]
    # A text that is too long by itself fails alone.
    long, short = Text([7] * (ROOM + 1), None, Future()), Text([8] * 3, None, Future())
    batcher.submit([long, short])
    refused = long.result.exception(timeout=10)
    assert isinstance(refused, TooLong) and "101 tokens" in str(refused), refused
    assert short.result.result(timeout=10) == [8.0]
    print(f"memory: batches shrink until they fit ({tried} tries for {len(texts)} texts), a text that does not fit fails alone")


if __name__ == "__main__":
    main()
