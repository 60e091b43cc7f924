"""A model of DistilBERT's size with random weights, and how fast transformers scores with it, one text at a time.

    python reward_model.py make --sentences FOLDER --output FOLDER   model.onnx, onnx/model_quantized.onnx, tokenizer, safetensors
    python reward_model.py score --model FOLDER --texts FILE...      [{"seconds": ..., "scores": [...]}, ...], one for each file
    python reward_model.py matmul                                    {"fp32": ..., "int8": ...}: billions of multiplications and
                                                                     additions that this machine does in a second in large products

Random weights cost as much time as trained ones. They are scaled so that scores differ about as much as a trained model's do.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch

SIZE = 2048

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

    def one(text):
        return model(**tokenizer(text, truncation=True, max_length=512, return_tensors="pt")).logits[0, 0].item()

    def timed(texts):
        for text in texts[:3]:
            one(text)
        started = time.perf_counter()
        scores = [one(text) for text in texts]
        return {"seconds": time.perf_counter() - started, "scores": scores}

    print(json.dumps([timed(json.loads(file.read_text())) for file in arguments.texts]))


@torch.inference_mode()
def matmul(_):
    a, b = torch.randn(SIZE, SIZE), torch.randn(SIZE, SIZE)
    left = torch.randint(0, 256, (SIZE, SIZE), dtype=torch.uint8).numpy()
    product = integer_product(torch.randint(-128, 128, (SIZE, SIZE), dtype=torch.int8).numpy())
    print(json.dumps({"fp32": fastest(lambda: a @ b), "int8": fastest(lambda: product.run(None, {"a": left}))}))


def integer_product(weights):
    """The product that ONNX Runtime makes of a quantised layer: unsigned activations, signed weights."""
    from onnx import TensorProto, helper, numpy_helper
    from onnxruntime import InferenceSession

    value = lambda name, kind: helper.make_tensor_value_info(name, kind, [SIZE, SIZE])
    node = helper.make_node("MatMulInteger", ["a", "b"], ["y"])
    graph = helper.make_graph([node], "product", [value("a", TensorProto.UINT8)], [value("y", TensorProto.INT32)], [numpy_helper.from_array(weights, "b")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def fastest(multiply):
    """Billions of multiplications and additions in a second, of the best of a dozen products."""
    best = 0.0
    for _ in range(12):
        started = time.perf_counter()
        multiply()
        best = max(best, 2 * SIZE**3 / (time.perf_counter() - started) / 1e9)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["make", "score", "matmul"])
    parser.add_argument("--sentences", type=Path)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--texts", type=Path, nargs="+")
    arguments = parser.parse_args()
    {"make": make, "score": score, "matmul": matmul}[arguments.command](arguments)


if __name__ == "__main__":
    main()
