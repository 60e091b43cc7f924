"""Loads a reward model as a recipe says, refuses one whose weights do not fit, and reads its outputs."""

import fnmatch
import inspect
import json
import os

import torch
import transformers
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoTokenizer
from transformers.utils import cached_file

DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}
CLASSES = ("AutoModelForSequenceClassification", "AutoModelForTokenClassification", "AutoModelForCausalLM", "AutoModel")
ACTIVATIONS = {"relu": torch.nn.ReLU, "gelu": torch.nn.GELU, "silu": torch.nn.SiLU, "tanh": torch.nn.Tanh, "none": torch.nn.Identity}
# Models whose attention scores are capped, which scaled_dot_product_attention leaves out.
SOFT_CAPPED = ("gemma2",)
USUAL_OUTPUT = {"field": "logits"}


class WrongWeights(Exception):
    """The files of a model do not hold what its class needs: it would score with random numbers."""


class RewardModel:
    """A model and its tokenizer, called as the recipe says (see docs/scoring.md): `recipe` has the fields of the YAML."""

    def __init__(self, recipe, device=None, dtype=None):
        self.recipe = recipe
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.dtype = dtype or (recipe.get("dtype", "bfloat16") if self.device.type == "cuda" else "float32")
        self.output = {**USUAL_OUTPUT, **recipe.get("output", {})}
        where = {"revision": recipe.get("revision"), "trust_remote_code": recipe.get("trust_remote_code", False)}
        self.tokenizer = AutoTokenizer.from_pretrained(recipe["model"], **where)
        self.model = self._load(recipe["model"], where)
        self.reference = None
        if recipe.get("reference_model"):
            self.reference = self._load(recipe["reference_model"], {**where, "revision": None})
        self.head = self._load_head(where["revision"]) if recipe.get("head") else None
        self.token_ids = [self._token_id(token) for token in (self.output.get("token"), self.output.get("minus")) if token is not None]
        if self.output.get("token") is None:
            self.token_ids = []
        steps = self.output.get("steps")
        self.tag = self._token_id(steps["tag"]) if steps else None
        config = self.model.config
        self.pad_id = config.pad_token_id if isinstance(config.pad_token_id, int) and config.pad_token_id >= 0 else None
        # Nothing is generated: keys and values of past tokens would only take memory.
        config.use_cache = False
        self.max_tokens = getattr(config, "max_position_embeddings", None)

    @property
    def config(self):
        return self.model.config

    def _load(self, name, where):
        class_name = self.recipe.get("class") or CLASSES[0]
        if class_name not in CLASSES:
            raise ValueError(f"class: expected one of {', '.join(CLASSES)}, found {class_name!r}")
        config = transformers.AutoConfig.from_pretrained(name, **where)
        dtype_name = "torch_dtype" if int(transformers.__version__.split(".")[0]) < 5 else "dtype"
        attention = attention_for(config, self.recipe.get("attention"))
        model, info = getattr(transformers, class_name).from_pretrained(
            name,
            **where,
            **{dtype_name: DTYPES[self.dtype]},
            **({"attn_implementation": attention} if attention else {}),
            output_loading_info=True,
            ignore_mismatched_sizes=True,
        )
        own = self._head_keys() if name == self.recipe["model"] else set()
        check_weights(name, type(model).__name__, info, own, self.recipe.get("ignore_weights", []))
        return model.to(self.device).eval()

    def _head_keys(self):
        layers = (self.recipe.get("head") or {}).get("layers", [])
        return {f"{layer}.{part}" for layer in layers for part in ("weight", "bias")}

    def _load_head(self, revision):
        """Linear layers by the names of their weights, with the activation between them."""
        head = self.recipe["head"]
        tensors = read_tensors(self.recipe["model"], self._head_keys(), revision)
        missing = [f"{layer}.weight" for layer in head["layers"] if f"{layer}.weight" not in tensors]
        if missing:
            raise WrongWeights(f"{self.recipe['model']}: its files have no {', '.join(missing)}, of which the recipe's head is made")
        layers = []
        for layer in head["layers"]:
            weight, bias = tensors[f"{layer}.weight"], tensors.get(f"{layer}.bias")
            linear = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
            linear.load_state_dict({"weight": weight, **({"bias": bias} if bias is not None else {})})
            layers += [linear, ACTIVATIONS[head.get("activation", "relu")]()]
        return torch.nn.Sequential(*layers[:-1]).to(self.device, DTYPES[self.dtype]).eval()

    def _token_id(self, token):
        if isinstance(token, int):
            return token
        found = self.tokenizer.convert_tokens_to_ids(token)
        if isinstance(found, int) and found != self.tokenizer.unk_token_id:
            return found
        ids = self.tokenizer(token, add_special_tokens=False)["input_ids"]
        if len(ids) == 1:
            return ids[0]
        raise ValueError(f"{self.recipe['model']}: {token!r} is no single token of its tokenizer")

    @torch.inference_mode()
    def start(self, texts):
        """Sets the device to work on texts; what comes back is for `finish`, and need not be there yet."""
        if self.reference is not None:
            policy, reference = (self._response_log_probabilities(model, texts) for model in (self.model, self.reference))
            return (self.recipe["beta"] * (policy - reference)).reshape(-1, 1)
        if self.token_ids:
            return self._last_logits(texts)[:, self.token_ids].float()
        feeds, lengths = self._feeds(texts)
        output = self.model(**feeds)
        if self.head is not None:
            hidden = output.last_hidden_state
            return self.head(hidden[torch.arange(len(texts), device=self.device), lengths - 1]).float()
        values = field_of(output, self.output["field"])
        if self.tag is not None:
            return self._steps(values, texts)
        if values.dim() == 3 and values.shape[1] == feeds["input_ids"].shape[1]:
            # A row for each token: the one of the last token counts.
            values = values[torch.arange(len(texts), device=self.device), lengths - 1]
        return values.reshape(len(texts), -1).float()

    def finish(self, started):
        """Raw outputs of texts, one list of numbers a text, once the device has them."""
        if isinstance(started, list):
            return [steps.cpu().tolist() for steps in started]
        return started.cpu().tolist()

    def _feeds(self, texts, left=False):
        """Tensors of texts, filled up on the right, or on the left with the places that they have without it."""
        pad = self.pad_id
        if pad is None:
            # Classifiers look for the last token that is no padding: where the model names none, one that no text has is it for this batch.
            used = {token for text in texts for token in text.ids}
            pad = next(token for token in range(self.config.vocab_size) if token not in used)
            self.config.pad_token_id = pad
        length = max(len(text.ids) for text in texts)

        def fill(rows, value):
            if left:
                return torch.tensor([[value] * (length - len(row)) + row for row in rows])
            return pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=value)

        mask = fill([[1] * len(text.ids) for text in texts], 0)
        feeds = {"input_ids": fill([text.ids for text in texts], pad), "attention_mask": mask}
        if left:
            feeds["position_ids"] = (mask.cumsum(1) - 1).clamp(min=0)
        if any(text.type_ids is not None for text in texts):
            feeds["token_type_ids"] = fill([text.type_ids or [0] * len(text.ids) for text in texts], 0)
        lengths = torch.tensor([len(text.ids) for text in texts], device=self.device)
        return {name: tensor.to(self.device) for name, tensor in feeds.items()}, lengths

    def _last_logits(self, texts):
        """Logits of the token after each text."""
        if "logits_to_keep" in inspect.signature(self.model.forward).parameters:
            feeds, _ = self._feeds(texts, left=True)
            return self.model(**feeds, logits_to_keep=1).logits[:, -1]
        feeds, lengths = self._feeds(texts)
        return self.model(**feeds).logits[torch.arange(len(texts), device=self.device), lengths - 1]

    def _steps(self, values, texts):
        """For each text, the probability of the last class at each of its step tags."""
        found = []
        for row, text in zip(values, texts, strict=True):
            places = [place for place, token in enumerate(text.ids) if token == self.tag]
            found.append(torch.softmax(row[places].float(), dim=-1)[:, -1] if places else row.new_zeros(0))
        return found

    def _response_log_probabilities(self, model, texts):
        """Sum of the log-probabilities of each text's tokens from its `start` on."""
        feeds, _ = self._feeds(texts)
        logits = model(**feeds).logits
        sums = []
        for row, text in zip(logits, texts, strict=True):
            targets = torch.tensor(text.ids[text.start :], device=self.device)
            scores = row[text.start - 1 : len(text.ids) - 1].float().log_softmax(-1)
            sums.append(scores.gather(1, targets[:, None]).double().sum())
        return torch.stack(sums)

    def tokenize(self, body):
        """What transformers itself makes of an input; None for a kind that is not known."""
        kind = body.get("kind")
        if kind == "chat":
            text = self.tokenizer.apply_chat_template(body["messages"], tokenize=False, add_generation_prompt=False)
            return self.tokenizer(text, add_special_tokens=False)["input_ids"]
        if kind == "pair":
            return self.tokenizer(body["prompt"], body["response"])["input_ids"]
        if kind == "response":
            return self.tokenizer(body["response"])["input_ids"]
        return None


def attention_for(config, wanted):
    """The attention of a recipe. Models with soft-capping need one that has it."""
    capped = config.model_type in SOFT_CAPPED
    if capped and wanted == "sdpa":
        raise ValueError(f"{config.model_type}: sdpa leaves out the soft-capping of its attention, and scores would be wrong; say attention: eager or flash_attention_2")
    return wanted or ("eager" if capped else None)


def check_weights(name, class_name, info, own, ignored):
    """Refuses a model some of whose weights would be random, or whose files hold what nobody has asked for."""
    missing = sorted(info["missing_keys"])
    unexpected = sorted(
        key for key in info["unexpected_keys"] if key not in own and not any(fnmatch.fnmatchcase(key, pattern) for pattern in ignored)
    )
    mismatched = sorted(describe_mismatch(entry) for entry in info["mismatched_keys"])
    faults = [
        f"{what} {listed(keys)}"
        for what, keys in [
            ("its files lack", missing),
            ("they hold, and the class has no use for,", unexpected),
            ("other shapes than the class has:", mismatched),
        ]
        if keys
    ]
    if faults:
        raise WrongWeights(
            f"{name} does not fit {class_name}: {'; '.join(faults)}. "
            + ("It would score with newly made random weights. " if missing or mismatched else "")
            + "Look at the recipe: class, head, trust_remote_code, ignore_weights (rate models try)"
        )


def describe_mismatch(entry):
    return entry if isinstance(entry, str) else " ".join(str(part) for part in entry)


def listed(keys, most=12):
    return ", ".join(keys[:most]) + (f" and {len(keys) - most} more" if len(keys) > most else "")


def read_tensors(name, keys, revision):
    """Tensors of a model's files, by their names; those that are not there are left out."""
    index = cached(name, "model.safetensors.index.json", revision)
    if index:
        with open(index) as file:
            shards = json.load(file)["weight_map"]
        return {key: open_safetensors(cached(name, shards[key], revision), {key})[key] for key in keys if key in shards}
    single = cached(name, "model.safetensors", revision)
    if single:
        return open_safetensors(single, keys)
    index = cached(name, "pytorch_model.bin.index.json", revision)
    files = {"pytorch_model.bin"}
    if index:
        with open(index) as file:
            shards = json.load(file)["weight_map"]
        files = {shards[key] for key in keys if key in shards}
    found = {}
    for file in files:
        path = cached(name, file, revision)
        if path:
            found |= {key: value for key, value in torch.load(path, map_location="cpu", weights_only=True).items() if key in keys}
    return found


def cached(name, file, revision):
    if os.path.isdir(name):
        path = os.path.join(name, file)
        return path if os.path.exists(path) else None
    return cached_file(name, file, revision=revision, _raise_exceptions_for_missing_entries=False)


def open_safetensors(path, keys):
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        return {key: file.get_tensor(key) for key in keys if key in file.keys()}


def field_of(output, field):
    """An output by its name, or its place in a tuple."""
    if field.isdigit():
        return output[int(field)] if isinstance(output, tuple) else output.to_tuple()[int(field)]
    return output[field] if isinstance(output, dict) else getattr(output, field)
