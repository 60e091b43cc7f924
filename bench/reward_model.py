"""A model of DistilBERT's size with random weights, and how fast transformers scores with it, one text at a time.

    python reward_model.py make --sentences FOLDER --output FOLDER   model.onnx, onnx/model_quantized.onnx, tokenizer, safetensors
    python reward_model.py score --model FOLDER --texts FILE         {"seconds": ..., "scores": [...]}
    python reward_model.py matmul                                    {"gflops": ...}: what this machine multiplies in a second

Random weights cost as much time as trained ones. They are scaled so that scores differ about as much as a trained model's do.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent / "scripts" / "tiny-models"))


def make(arguments):
    from make import export, word_piece
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    sentences = [row["text"] for file in sorted(arguments.sentences.glob("*.json")) for row in json.loads(file.read_text())]
    torch.manual_seed(0)
    tokenizer = word_piece(sentences, vocabulary=8000)
    model = DistilBertForSequenceClassification(DistilBertConfig(num_labels=2, vocab_size=30522, pad_token_id=0))
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.dim() > 1:
                weights.mul_(2.0)
    model.eval()
    folder = arguments.output
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    export(model, tokenizer, folder)
    quantize_dynamic(str(folder / "model.onnx"), str(folder / "model_quantized.onnx"), weight_type=QuantType.QInt8)


@torch.inference_mode()
def score(arguments):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    model = AutoModelForSequenceClassification.from_pretrained(arguments.model).eval()
    texts = json.loads(arguments.texts.read_text())

    def one(text):
        return model(**tokenizer(text, truncation=True, max_length=512, return_tensors="pt")).logits[0, 0].item()

    for text in texts[:3]:
        one(text)
    started = time.perf_counter()
    scores = [one(text) for text in texts]
    print(json.dumps({"seconds": time.perf_counter() - started, "scores": scores}))


@torch.inference_mode()
def matmul(_):
    size, best = 2048, 0.0
    a, b = torch.randn(size, size), torch.randn(size, size)
    for _ in range(12):
        started = time.perf_counter()
        a @ b
        best = max(best, 2 * size**3 / (time.perf_counter() - started) / 1e9)
    print(json.dumps({"gflops": best}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["make", "score", "matmul"])
    parser.add_argument("--sentences", type=Path)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--texts", type=Path)
    arguments = parser.parse_args()
    {"make": make, "score": score, "matmul": matmul}[arguments.command](arguments)


if __name__ == "__main__":
    main()
