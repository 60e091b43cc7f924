"""Makes small models with random weights, one of each architecture that reward models use, and what transformers says of them.

    python make.py --sentences SENTENCES_FOLDER --output FOLDER

Each model gets a folder: configuration, tokenizer, weights (safetensors), model.onnx, and reference.json with the token ids and
raw scores that transformers gives, one text at a time, called as the model's card says.
"""

import argparse
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import torch
from classes import make_classes
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertConfig,
    BertForSequenceClassification,
    DebertaV2Config,
    DebertaV2ForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    LlamaConfig,
    LlamaForSequenceClassification,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForSequenceClassification,
)

HERE = Path(__file__).parent
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% set text = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' %}"
    "{% if loop.first %}{% set text = bos_token + text %}{% endif %}"
    "{{ text }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
LONG = "The plot was thin, but the acting made up for it; I would watch it again. "
CASES = [
    {"name": "short", "prompt": "Write a review: ", "response": "Great phone, I love it."},
    {"name": "empty", "prompt": "Say nothing.", "response": ""},
    {"name": "spaces", "prompt": "  Leading  and trailing spaces \n", "response": "\n two\n\n\nlines\t and  tabs  "},
    {"name": "long", "prompt": "Tell me about the film. " * 8, "response": LONG * 12},
    {"name": "too long", "prompt": "What did you think?", "response": LONG * 60},
    {"name": "scripts", "prompt": "Überprüfe: naïve café — “quotes”", "response": "これは良い映画です。 这部电影很好 Фильм хороший الفيلم جيد फिल्म अच्छी है 한국어 ok"},
    {"name": "emoji", "prompt": "😀?", "response": "👍🏽 👩‍👩‍👧 1,234.5 e\u0301 \u00a0 ﬁ Ⅷ"},
    {"name": "one letter", "prompt": "", "response": "a"},
    {"name": "right to left", "prompt": "שלום", "response": "زر الصفحة ١٢٣ — ‏שלום עולם‎ สวัสดีชาวโลก ខ្មែរ"},
    {"name": "code", "prompt": "Code?", "response": "def f(x):\n    return {'a': [x, 1]}  # <b>&amp;</b>"},
    {"name": "special tokens in the text", "prompt": "[SEP] <|eot_id|>", "response": "a [MASK] b <|eot_id|> c </s>"},
    {
        "name": "many turns",
        "prompt": [
            {"role": "user", "content": "Name a colour."},
            {"role": "assistant", "content": "Blue."},
            {"role": "user", "content": "Another one?"},
        ],
        "response": "Green.",
    },
]


def plain(prompt):
    """A conversation as one text, for models that know no turns; written as HH-RLHF writes it."""
    if isinstance(prompt, str):
        return prompt
    speakers = {"user": "Human", "assistant": "Assistant"}
    return "\n\n".join(f"{speakers[turn['role']]}: {turn['content']}" for turn in prompt)


def conversation(case):
    turns = case["prompt"] if isinstance(case["prompt"], list) else [{"role": "user", "content": case["prompt"]}]
    return [*turns, {"role": "assistant", "content": case["response"]}]


def train(tokenizer, trainer, sentences):
    tokenizer.train_from_iterator(sentences + [case["response"] for case in CASES], trainer)
    return tokenizer


def word_piece(sentences, vocabulary=900):
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    train(tokenizer, trainers.WordPieceTrainer(vocab_size=vocabulary, special_tokens=specials), sentences)
    tokenizer.decoder = decoders.WordPiece()
    bert_ends(tokenizer)
    names = dict(zip(["pad_token", "unk_token", "cls_token", "sep_token", "mask_token"], specials, strict=True))
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **names)


def bert_ends(tokenizer):
    ends = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=ends
    )


def unigram(sentences):
    specials = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Strip(), normalizers.NFKC(), normalizers.Replace(" {2,}", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    train(tokenizer, trainers.UnigramTrainer(vocab_size=900, special_tokens=specials, unk_token="[UNK]"), sentences)
    tokenizer.decoder = decoders.Metaspace()
    bert_ends(tokenizer)
    names = dict(zip(["pad_token", "cls_token", "sep_token", "unk_token", "mask_token"], specials, strict=True))
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=10**30, **names)


def llama3(sentences, vocabulary=900):
    specials = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|pad|>"]
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    words = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(tokenizers_regex(words), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    train(tokenizer, trainers.BpeTrainer(vocab_size=vocabulary, special_tokens=specials, initial_alphabet=alphabet), sentences)
    tokenizer.decoder = decoders.ByteLevel()
    begin = specials[0]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A", pair=f"{begin} $A {begin}:1 $B:1", special_tokens=[(begin, tokenizer.token_to_id(begin))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=begin,
        eos_token="<|eot_id|>",
        pad_token="<|pad|>",
        chat_template=CHAT_TEMPLATE,
        model_max_length=1024,
        clean_up_tokenization_spaces=False,
    )


def without_bos(sentences):
    """As Qwen's: chats in ChatML, a token for padding, none that begins a sequence."""
    tokenizer = llama3(sentences)
    template = (
        "{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '\n' + message['content'] + '<|eot_id|>' + '\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant\n' }}{% endif %}"
    )
    inner = tokenizer.backend_tokenizer
    inner.post_processor = processors.ByteLevel(trim_offsets=False)
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, eos_token="<|eot_id|>", pad_token="<|end_of_text|>", chat_template=template, model_max_length=1024,
        clean_up_tokenization_spaces=False,
    )


def tokenizers_regex(pattern):
    from tokenizers import Regex

    return Regex(pattern)


def distilbert(vocabulary):
    return DistilBertForSequenceClassification(
        DistilBertConfig(
            vocab_size=vocabulary, dim=32, hidden_dim=64, n_layers=2, n_heads=4, num_labels=2, pad_token_id=0,
            id2label={0: "NEGATIVE", 1: "POSITIVE"}, label2id={"NEGATIVE": 0, "POSITIVE": 1},
        )
    )


def bert(vocabulary):
    return BertForSequenceClassification(
        BertConfig(
            vocab_size=vocabulary, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, num_labels=1, pad_token_id=0,
        )
    )


def deberta(vocabulary):
    return DebertaV2ForSequenceClassification(
        DebertaV2Config(
            vocab_size=vocabulary, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
            max_position_embeddings=512, type_vocab_size=0, relative_attention=True, max_relative_positions=-1,
            position_buckets=64, norm_rel_ebd="layer_norm", share_att_key=True, pos_att_type=["p2c", "c2p"],
            position_biased_input=False, pooler_hidden_size=32, pad_token_id=0, num_labels=1,
        )
    )


def llama_settings(vocabulary, pad):
    return {
        "vocab_size": vocabulary, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1, "head_dim": 32, "max_position_embeddings": 1024, "rope_theta": 500000.0, "pad_token_id": pad, "num_labels": 1,
    }


def spread(model):
    """Larger weights than a training's start has, so that scores differ where inputs do."""
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.dim() > 1:
                weights.mul_(6.0 if "embed" not in name else 20.0)
    return model.eval()


def export(model, tokenizer, folder, with_types=False):
    encoded = tokenizer(["a b c d", "e f"], padding=True, return_tensors="pt")
    names = ["input_ids", "attention_mask"] + (["token_type_ids"] if with_types else [])
    encoded = {name: encoded[name] for name in names}

    class Logits(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, *tensors):
            return self.model(**dict(zip(names, tensors, strict=True))).logits

    free = {0: "texts", 1: "tokens"}
    with torch.no_grad():
        torch.onnx.export(
            Logits().eval(), tuple(encoded[name] for name in names), str(folder / "model.onnx"), input_names=names, output_names=["logits"],
            dynamic_axes={name: free for name in names} | {"logits": {0: "texts"}}, opset_version=18, dynamo=False,
        )


def halve(folder):
    """The same graph in half precision, inputs and outputs included."""
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16

    onnx.save(convert_float_to_float16(onnx.load(folder / "model.onnx")), folder / "model_fp16.onnx")


@torch.inference_mode()
def row(case, tokens, score, limit=1024, side="right"):
    """What transformers says of one case."""
    made = tokens(case, limit, side)
    made = made if isinstance(made, dict) else {"input_ids": made}
    tensors = {name: torch.tensor([values]) for name, values in made.items() if name != "attention_mask"}
    facts = {"plain": plain(case["prompt"]), "limit": limit, "side": side, "ids": list(made["input_ids"])}
    return {**case, **facts, "outputs": score(**tensors).reshape(-1).tolist()}


def reference(folder, score, tokens, limit):
    """What transformers says of every case cut to `limit` tokens, and of the longest one cut shorter, at either end."""
    longest = next(case for case in CASES if case["name"] == "too long")
    rows = [row(case, tokens, score, limit) for case in CASES] + [row(longest, tokens, score, 96, side) for side in ("right", "left")]
    (folder / "reference.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")


def cut_by_tokenizer(tokenizer, *keep, strategy=True):
    """Recipes for models that read plain texts: the tokenizer's own truncation."""

    def tokens(case, limit, side):
        tokenizer.truncation_side = side
        texts = [plain(case["prompt"]), case["response"]] if keep == ("prompt", "response") else [case["response"]]
        return dict(tokenizer(*texts, truncation=strategy, max_length=limit))

    return tokens


def cut_chat(tokenizer, recipe, after=()):
    """For chats, which tokenizers cut anywhere: what comes before the response and the end of the turn stay, with the tokens `after` it."""

    def tokens(case, limit, side):
        ids = recipe(case)
        if len(ids) <= limit:
            return ids
        header = len(tokenizer.apply_chat_template(conversation(case)[:-1], tokenize=True, add_generation_prompt=True, return_dict=False))
        end = header - len(recipe({**case, "response": ""}))
        assert ids[len(ids) - len(after) :] == list(after)
        room = limit - header + end
        response = ids[header:end]
        return ids[:header] + (response[:room] if side == "right" else response[-room:]) + ids[end:]

    return tokens


def save(folder, model, tokenizer):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)


def card_recipe(tokenizer):
    """As the cards of FsfairX and Skywork say: the template's text without its BOS, to which the tokenizer adds one."""

    def tokens(case):
        text = tokenizer.apply_chat_template(conversation(case), tokenize=False, add_generation_prompt=False)
        return tokenizer(text.removeprefix(tokenizer.bos_token))["input_ids"]

    return tokens


def make_all(output, sentences):
    tokenizer = word_piece(sentences)
    model = spread(distilbert(len(tokenizer)))
    folder = output / "distilbert"
    save(folder, model, tokenizer)
    export(model, tokenizer, folder)
    halve(folder)
    reference(folder, lambda input_ids, **_: model(input_ids=input_ids).logits, cut_by_tokenizer(tokenizer, "response"), 512)

    tokenizer.model_input_names = ["input_ids", "token_type_ids", "attention_mask"]
    model = spread(bert(len(tokenizer)))
    folder = output / "bert"
    save(folder, model, tokenizer)
    export(model, tokenizer, folder, with_types=True)
    reference(
        folder,
        lambda **inputs: model(**inputs).logits,
        cut_by_tokenizer(tokenizer, "prompt", "response", strategy="only_second"),
        512,
    )

    tokenizer = unigram(sentences)
    model = spread(deberta(len(tokenizer)))
    folder = output / "deberta"
    save(folder, model, tokenizer)
    export(model, tokenizer, folder)
    reference(
        folder,
        lambda input_ids, **_: model(input_ids=input_ids).logits,
        cut_by_tokenizer(tokenizer, "prompt", "response", strategy="only_second"),
        512,
    )

    tokenizer = llama3(sentences)
    pad = tokenizer.pad_token_id
    model = spread(LlamaForSequenceClassification(LlamaConfig(**llama_settings(len(tokenizer), pad))))
    folder = output / "llama"
    save(folder, model, tokenizer)
    model.config._attn_implementation = "eager"
    export(model, tokenizer, folder)
    reference(folder, lambda input_ids: model(input_ids=input_ids).logits, cut_chat(tokenizer, card_recipe(tokenizer)), 1024)

    folder = output / "gated"
    save(folder, model, tokenizer)
    for name in ("config.json", "model.safetensors", "generation_config.json"):
        (folder / name).unlink(missing_ok=True)
    shutil.copy(HERE / "modeling_gated.py", folder)
    settings = {
        **llama_settings(len(tokenizer), pad), "model_type": "llama", "architectures": ["GatedRewardModel"], "num_objectives": 4,
        "assistant_header": tokenizer("<|start_header_id|>assistant<|end_header_id|>\n\n", add_special_tokens=False)["input_ids"],
        "auto_map": {"AutoModelForSequenceClassification": "modeling_gated.GatedRewardModel"},
    }
    (folder / "config.json").write_text(json.dumps(settings, indent=2) + "\n")
    from modeling_gated import GatedRewardModel

    gated = spread(GatedRewardModel(LlamaConfig(**{k: v for k, v in settings.items() if k not in ("model_type", "auto_map", "architectures")})))
    gated.save_pretrained(folder)
    (folder / "config.json").write_text(json.dumps(settings, indent=2) + "\n")
    loaded = AutoModelForSequenceClassification.from_pretrained(folder, trust_remote_code=True).eval()
    loaded_tokenizer = AutoTokenizer.from_pretrained(folder)
    recipe = lambda case: loaded_tokenizer.apply_chat_template(conversation(case), tokenize=True, return_dict=False)
    reference(folder, lambda input_ids: loaded(input_ids=input_ids).score, cut_chat(loaded_tokenizer, recipe), 1024)

    tokenizer = without_bos(sentences)
    model = spread(
        Qwen3ForSequenceClassification(Qwen3Config(**llama_settings(len(tokenizer), tokenizer.pad_token_id)))
    )
    folder = output / "qwen"
    save(folder, model, tokenizer)
    model.config._attn_implementation = "eager"
    export(model, tokenizer, folder)
    recipe = lambda case: tokenizer(tokenizer.apply_chat_template(conversation(case), tokenize=False))["input_ids"]
    reference(folder, lambda input_ids: model(input_ids=input_ids).logits, cut_chat(tokenizer, recipe), 1024)

    tools = SimpleNamespace(
        settings=llama_settings, spread=spread, save=save, export=export, cut_chat=cut_chat, conversation=conversation, reference=reference, row=row,
        plain=plain, cases=CASES,
    )
    make_classes(output, llama3(sentences), tools)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=Path, required=True, help="folder of JSON files with labelled sentences")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    sentences = [row["text"] for file in sorted(arguments.sentences.glob("*.json")) for row in json.loads(file.read_text())]
    torch.manual_seed(0)
    make_all(arguments.output, sentences)


if __name__ == "__main__":
    main()
