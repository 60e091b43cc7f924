"""A reward model in the manner of GRM's sftreg: a value head of its own on the last token, and a tuple as output."""

import torch
from transformers import LlamaModel, LlamaPreTrainedModel


class ValueHead(torch.nn.Module):
    def __init__(self, config):
        super().__init__()
        self.summary = torch.nn.Sequential(torch.nn.Linear(config.hidden_size, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))

    def forward(self, hidden):
        return self.summary(hidden)


class ValueRewardModel(LlamaPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.model = LlamaModel(config)
        self.v_head = ValueHead(config)
        self.post_init()

    def forward(self, input_ids, attention_mask=None, **_):
        hidden = self.model(input_ids=input_ids, attention_mask=attention_mask, use_cache=False).last_hidden_state
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        last = mask.cumsum(1).argmax(1)[:, None, None].expand(-1, 1, hidden.shape[-1])
        return (self.v_head(hidden.gather(1, last)[:, 0]),)
