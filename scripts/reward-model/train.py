"""Trains the embedded reward model: review sentences in, a logit for "positive" out.

A linear model over words and hashed pairs of neighbouring words, weighted by the log-ratio of their counts in the two classes (naive
Bayes features under a logistic regression: Wang and Manning 2012, "Baselines and Bigrams"). Written as an ONNX graph with the inputs of
any text classifier (input_ids, attention_mask) and one raw logit, beside a tokenizer that Hugging Face libraries read.

    python train.py --sentences node_modules/sentiment/test/fixtures --output assets/models/review-sentiment
"""

import argparse
import collections
import json
import math
import pathlib

import numpy as np
import onnxruntime
import scipy.sparse as sparse
from onnx import TensorProto, checker, helper, numpy_helper, save
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
PAIR_SLOTS = 131_071  # a prime: hashed pairs spread evenly
PAIR_FACTOR = 31_337
MIN_PAIR_COUNT = 2  # sentences that a pair must stand in
SMOOTHING = 0.1
REGULARISATION = 3.0
MAX_TOKENS = 512
FOLDS = 5
SEED = 0


def read_sentences(folder):
    """Labelled sentences, sorted; blank ones, unlabelled ones, repeated ones and those labelled both ways are dropped."""
    labels = collections.defaultdict(set)
    for path in sorted(folder.glob("*.json")):
        if path.stem in ("amazon", "imdb", "yelp"):
            for row in json.loads(path.read_text(encoding="utf8")):
                if row["class"] is not None:
                    labels[row["text"].strip()].add(int(row["class"]))
    kept = sorted((text, *classes) for text, classes in labels.items() if text and len(classes) == 1)
    return [text for text, _ in kept], np.array([label for _, label in kept])


def make_tokenizer(texts):
    """Lower-case words and single punctuation marks, each one token; unknown words are [UNK]."""
    normalizer, splitter = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    words = sorted({word for text in texts for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text))})
    vocabulary = {word: number for number, word in enumerate(SPECIAL + words)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, splitter
    ends = [(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ends
    )
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer


def features(tokenizer, texts):
    """One row a text: words, then hashed pairs, each counted and divided by the square root of the number of tokens."""
    size = tokenizer.get_vocab_size()
    rows, columns, values = [], [], []
    for row, encoding in enumerate(tokenizer.encode_batch(texts)):
        ids = encoding.ids[:MAX_TOKENS]
        own = ids + [size + (a * PAIR_FACTOR + b) % PAIR_SLOTS for a, b in zip(ids, ids[1:])]
        rows += [row] * len(own)
        columns += own
        values += [1 / math.sqrt(len(ids))] * len(own)
    return sparse.csr_matrix((values, (rows, columns)), shape=(len(texts), size + PAIR_SLOTS))


def fit(matrix, labels, words):
    """Weights of all features, and the bias."""
    counts = [np.asarray(matrix[labels == label].sum(0)).ravel() + SMOOTHING for label in (1, 0)]
    ratio = np.log(counts[0] / counts[0].sum()) - np.log(counts[1] / counts[1].sum())
    seen = np.asarray((matrix > 0).sum(0)).ravel()
    ratio[seen == 0] = 0
    ratio[words:][seen[words:] < MIN_PAIR_COUNT] = 0
    model = LogisticRegression(C=REGULARISATION, max_iter=2000).fit(matrix @ sparse.diags(ratio), labels)
    return model.coef_[0] * ratio, float(model.intercept_[0])


def held_out_accuracy(texts, labels):
    """Accuracy in each fold; vocabulary and weights come from the other folds alone."""
    shares = []
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(texts, labels):
        tokenizer = make_tokenizer([texts[i] for i in train])
        words = tokenizer.get_vocab_size()
        weights, bias = fit(features(tokenizer, [texts[i] for i in train]), labels[train], words)
        logits = features(tokenizer, [texts[i] for i in test]) @ weights + bias
        shares.append(float(((logits > 0) == labels[test]).mean()))
    return shares


def make_graph(weights, bias, words):
    """logits = (sum of word weights + sum of pair weights) / sqrt(tokens) + bias, over the tokens that the mask keeps.

    Sums are taken in double precision: single precision would make the last digit depend on how the batch is laid out.
    """
    tables = {
        "word_weights": weights[:words].astype(np.float32),
        "pair_weights": weights[words:].astype(np.float32),
        "bias": np.array([bias], np.float64),
        "factor": np.array(PAIR_FACTOR, np.int64),
        "slots": np.array(PAIR_SLOTS, np.int64),
        "zero": np.array([0], np.int64),
        "one": np.array([1], np.int64),
        "minus_one": np.array([-1], np.int64),
        "end": np.array([2**31 - 1], np.int64),
        "axis": np.array([1], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Cast", ["attention_mask"], ["mask"], to=TensorProto.DOUBLE),
        node("Gather", ["word_weights", "input_ids"], ["word_floats"]),
        node("Cast", ["word_floats"], ["word_values"], to=TensorProto.DOUBLE),
        node("Mul", ["word_values", "mask"], ["masked_words"]),
        node("ReduceSum", ["masked_words", "axis"], ["word_sum"], keepdims=1),
        node("Slice", ["input_ids", "zero", "minus_one", "axis"], ["left"]),
        node("Slice", ["input_ids", "one", "end", "axis"], ["right"]),
        node("Mul", ["left", "factor"], ["spread"]),
        node("Add", ["spread", "right"], ["added"]),
        node("Mod", ["added", "slots"], ["pair_ids"]),
        node("Gather", ["pair_weights", "pair_ids"], ["pair_floats"]),
        node("Cast", ["pair_floats"], ["pair_values"], to=TensorProto.DOUBLE),
        node("Slice", ["mask", "one", "end", "axis"], ["pair_mask"]),
        node("Mul", ["pair_values", "pair_mask"], ["masked_pairs"]),
        node("ReduceSum", ["masked_pairs", "axis"], ["pair_sum"], keepdims=1),
        node("ReduceSum", ["mask", "axis"], ["tokens"], keepdims=1),
        node("Sqrt", ["tokens"], ["root"]),
        node("Add", ["word_sum", "pair_sum"], ["total"]),
        node("Div", ["total", "root"], ["scaled"]),
        node("Add", ["scaled", "bias"], ["sum"]),
        node("Cast", ["sum"], ["logits"], to=TensorProto.FLOAT),
    ]
    ids = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in ("input_ids", "attention_mask")]
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1])
    initializers = [numpy_helper.from_array(table, name) for name, table in tables.items()]
    graph = helper.make_graph(nodes, "review-sentiment", ids, [logits], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model, full_check=True)
    return model


def run_graph(path, tokenizer, texts):
    """The graph's own logits, texts padded together."""
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    encodings = tokenizer.encode_batch(texts)
    tokenizer.no_padding()
    inputs = {
        "input_ids": np.array([encoding.ids for encoding in encodings]),
        "attention_mask": np.array([encoding.attention_mask for encoding in encodings]),
    }
    return onnxruntime.InferenceSession(path).run(None, inputs)[0][:, 0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    texts, labels = read_sentences(arguments.sentences)
    shares = held_out_accuracy(texts, labels)
    spread = float(np.std(shares, ddof=1))
    print(f"{len(texts)} sentences, {labels.mean():.1%} positive")
    print(f"held-out accuracy, {FOLDS} folds: {np.mean(shares):.4f}, sd {spread:.4f} ({', '.join(f'{s:.4f}' for s in shares)})")

    tokenizer = make_tokenizer(texts)
    words = tokenizer.get_vocab_size()
    matrix = features(tokenizer, texts)
    weights, bias = fit(matrix, labels, words)
    output = arguments.output
    output.mkdir(parents=True, exist_ok=True)
    save(make_graph(weights, bias, words), output / "model.onnx")
    tokenizer.save(str(output / "tokenizer.json"))
    describe(output, shares, spread, len(texts))

    difference = np.abs(run_graph(output / "model.onnx", tokenizer, texts) - (matrix @ weights + bias)).max()
    assert difference < 1e-4, f"the ONNX graph differs from the fitted model by {difference}"
    size = sum(path.stat().st_size for path in output.iterdir())
    print(f"written to {output}: {size / 1e6:.2f} MB; graph and fit agree to {difference:.1e}")


def describe(output, shares, spread, count):
    write = lambda name, value: (output / name).write_text(json.dumps(value, indent=2) + "\n", encoding="utf8")
    write("tokenizer_config.json", {
        "tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": MAX_TOKENS,
        "pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]",
    })
    write("config.json", {
        "model_type": "review-sentiment", "num_labels": 1, "id2label": {"0": "positive"}, "pad_token_id": 0,
        "max_position_embeddings": MAX_TOKENS,
    })
    write("training.json", {
        "sentences": count, "folds": FOLDS, "seed": SEED, "held_out_accuracy": float(np.mean(shares)),
        "held_out_accuracy_sd": spread, "fold_accuracies": shares,
    })


main()
