"""Small models of the classes that reward models have beside plain classifiers, each with a recipe.yaml and what its own call gives.

The reference call of each is written here as its authors' code is: the class, the place that is read, the token that is appended.
"""

import json
import shutil
from pathlib import Path

import torch
from transformers import (
    AutoModelForSequenceClassification,
    Gemma2Config,
    Gemma2ForSequenceClassification,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    LlamaForTokenClassification,
    LlamaModel,
    LlamaPreTrainedModel,
)

HERE = Path(__file__).parent
TAG = "<|end_of_text|>"
STEPS = ["First I count the apples: three.", "Then I add two more.", "So there are five."]


class TwoLayerModel(LlamaPreTrainedModel):
    """As INF-ORM: two linear layers on the last token."""

    def __init__(self, config):
        super().__init__(config)
        self.model = LlamaModel(config)
        self.score = torch.nn.Sequential(
            torch.nn.Linear(config.hidden_size, config.hidden_size), torch.nn.ReLU(), torch.nn.Linear(config.hidden_size, 1)
        )
        self.post_init()

    def forward(self, input_ids, attention_mask=None):
        hidden = self.model(input_ids=input_ids, attention_mask=attention_mask, use_cache=False).last_hidden_state
        return self.score(at_last(hidden, attention_mask))


class AppendedModel(LlamaPreTrainedModel):
    """As Athene: one vector on an appended token; the language model's head is left in the files."""

    def __init__(self, config):
        super().__init__(config)
        self.model = LlamaModel(config)
        self.v_head = torch.nn.Linear(config.hidden_size, 1, bias=False)
        self.lm_head = torch.nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    def forward(self, input_ids, attention_mask=None):
        hidden = self.model(input_ids=input_ids, attention_mask=attention_mask, use_cache=False).last_hidden_state
        return self.v_head(at_last(hidden, attention_mask))


def at_last(hidden, attention_mask):
    if attention_mask is None:
        return hidden[:, -1]
    last = attention_mask.cumsum(1).argmax(1)[:, None, None].expand(-1, 1, hidden.shape[-1])
    return hidden.gather(1, last)[:, 0]


class Output:
    """What `export` looks for."""

    def __init__(self, logits):
        self.logits = logits


def as_classifier(model):
    """A module whose output has `logits`, as `export` wants it."""

    class Wrapped(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = model

        def forward(self, **feeds):
            found = self.inner(**feeds)
            return Output(found[0] if isinstance(found, tuple) else found)

    return Wrapped().eval()


def make_classes(output, tokenizer, tools):
    """`tools`: what make.py shares: settings, spread, save, export, cut_chat, conversation, reference."""
    pad = tokenizer.pad_token_id
    config = lambda **more: LlamaConfig(**{**tools.settings(len(tokenizer), pad), **more})
    chat = lambda case: tokenizer.apply_chat_template(tools.conversation(case), tokenize=True, return_dict=False)
    tokens = tools.cut_chat(tokenizer, chat)

    def finish(name, recipe, score, tokens=tokens, limit=1024, starts=False):
        folder = output / name
        (folder / "recipe.yaml").write_text("model: ./\ninput: chat\nmax_tokens: 1024\n" + recipe)
        tools.reference(folder, score, tokens, limit)

    def eager(model):
        model.config._attn_implementation = "eager"
        return model

    model = eager(tools.spread(TwoLayerModel(config())))
    tools.save(output / "two_layer", model, tokenizer)
    tools.export(as_classifier(model), tokenizer, output / "two_layer")
    finish("two_layer", "class: AutoModel\nhead: { layers: [score.0, score.2], activation: relu }\nruntimes: [transformers, onnx]\n",
           lambda input_ids: model(input_ids))

    folder = output / "value_head"
    from modeling_value import ValueRewardModel

    value = eager(tools.spread(ValueRewardModel(config())))
    tools.save(folder, value, tokenizer)
    shutil.copy(HERE / "modeling_value.py", folder)
    said = json.loads((folder / "config.json").read_text())
    said |= {"auto_map": {"AutoModelForSequenceClassification": "modeling_value.ValueRewardModel"}, "architectures": ["ValueRewardModel"]}
    (folder / "config.json").write_text(json.dumps(said, indent=2) + "\n")
    tools.export(as_classifier(value), tokenizer, folder)
    loaded = AutoModelForSequenceClassification.from_pretrained(folder, trust_remote_code=True).eval()
    finish("value_head", 'trust_remote_code: true\noutput: { field: "0" }\nruntimes: [transformers]\n', lambda input_ids: loaded(input_ids)[0])

    appended = eager(tools.spread(AppendedModel(config())))
    tools.save(output / "appended", appended, tokenizer)
    tools.export(as_classifier(appended), tokenizer, output / "appended")
    tag = tokenizer.convert_tokens_to_ids(TAG)
    finish("appended", f'class: AutoModel\nappend: "{TAG}"\nhead: {{ layers: [v_head], activation: none }}\nignore_weights: [lm_head.weight]\nruntimes: [transformers, onnx]\n',
           lambda input_ids: appended(input_ids), tools.cut_chat(tokenizer, lambda case: [*chat(case), tag], after=[tag]))

    causal = eager(tools.spread(LlamaForCausalLM(config())))
    tools.save(output / "token_logit", causal, tokenizer)
    tools.export(causal, tokenizer, output / "token_logit")
    yes = tokenizer.convert_tokens_to_ids("a")
    finish("token_logit", 'class: AutoModelForCausalLM\noutput: { token: 0, minus: "a" }\n',
           lambda input_ids: causal(input_ids).logits[0, -1, 0] - causal(input_ids).logits[0, -1, yes])

    steps = eager(tools.spread(LlamaForTokenClassification(config(num_labels=2))))
    tools.save(output / "steps", steps, tokenizer)
    tools.export(steps, tokenizer, output / "steps")

    def tagged(case):
        parts = [part for part in case["response"].split("\n\n") if part.strip()] or [case["response"]]
        return chat({**case, "response": "".join(part + TAG for part in parts)})

    step_tokens = tools.cut_chat(tokenizer, tagged)

    def step_scores(input_ids):
        logits = steps(input_ids).logits[0]
        return logits[(input_ids[0] == tag)].softmax(-1)[:, 1].min()

    several = [{"name": f"{count} steps", "prompt": "How many?", "response": "\n\n".join(STEPS[:count])} for count in (1, 2, 3)]
    finish("steps", f'class: AutoModelForTokenClassification\noutput: {{ steps: {{ tag: "{TAG}", reduce: min }} }}\n', step_scores, step_tokens)
    rows = [tools.row(case, step_tokens, step_scores) for case in several]
    path = output / "steps" / "reference.json"
    path.write_text(json.dumps(json.loads(path.read_text()) + rows, ensure_ascii=False, indent=1) + "\n")

    heads = eager(tools.spread(LlamaForSequenceClassification(config(num_labels=5))))
    tools.save(output / "multi_head", heads, tokenizer)
    tools.export(heads, tokenizer, output / "multi_head")
    finish("multi_head", "output: { heads: { helpful: 0, correct: 1, margin: { value: 3, minus: 4 } } }\n",
           lambda input_ids: torch.stack([heads(input_ids).logits[0, 0], heads(input_ids).logits[0, 1], heads(input_ids).logits[0, 3] - heads(input_ids).logits[0, 4]]))

    capped = {**tools.settings(len(tokenizer), pad), "attn_logit_softcapping": 1.5, "final_logit_softcapping": None, "query_pre_attn_scalar": 32, "sliding_window": 64}
    capped.pop("rope_theta")
    gemma = eager(tools.spread(Gemma2ForSequenceClassification(Gemma2Config(**capped))))
    tools.save(output / "gemma2", gemma, tokenizer)
    tools.export(gemma, tokenizer, output / "gemma2")
    finish("gemma2", "attention: eager\n", lambda input_ids: gemma(input_ids).logits)

    policy = eager(tools.spread(LlamaForCausalLM(config())))
    base = eager(tools.spread(LlamaForCausalLM(config())))
    tools.save(output / "dpo", policy, tokenizer)
    tools.save(output / "dpo_reference", base, tokenizer)

    def log_ratio(input_ids, start):
        def log_probability(model):
            scores = model(input_ids).logits[0, start - 1 : -1].log_softmax(-1)
            return scores.gather(1, input_ids[0, start:, None]).double().sum()

        return 0.1 * (log_probability(policy) - log_probability(base))

    rows = []
    for case in tools.cases:
        ids = tokens(case, 1024, "right")
        start = len(tokenizer.apply_chat_template(tools.conversation(case)[:-1], tokenize=True, add_generation_prompt=True, return_dict=False))
        with torch.inference_mode():
            outputs = [log_ratio(torch.tensor([ids]), start).item()]
        rows.append({**case, "plain": tools.plain(case["prompt"]), "limit": 1024, "side": "right", "ids": ids, "start": start, "outputs": outputs})
    (output / "dpo" / "reference.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    (output / "dpo" / "recipe.yaml").write_text(
        "model: ./\ninput: chat\nmax_tokens: 1024\nclass: AutoModelForCausalLM\nreference_model: ../dpo_reference\nbeta: 0.1\n"
    )

    # Ways in which files do not fit: a classifier of another size, one with weights nobody asked for.
    other = tools.spread(LlamaForSequenceClassification(config(num_labels=3)))
    tools.save(output / "wrong_shape", other, tokenizer)
    said = json.loads((output / "wrong_shape" / "config.json").read_text())
    said |= {"num_labels": 1, "id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}
    (output / "wrong_shape" / "config.json").write_text(json.dumps(said, indent=2) + "\n")
    for name, more in [("pad_is_end", {"pad_token_id": tokenizer.convert_tokens_to_ids("<|eot_id|>")}), ("no_pad", {"pad_token_id": None})]:
        plain = eager(tools.spread(LlamaForSequenceClassification(config(**more))))
        tools.save(output / name, plain, tokenizer)
        finish(name, "", lambda input_ids, plain=plain: plain(input_ids).logits)
