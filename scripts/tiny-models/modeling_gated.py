"""A reward model in the manner of ArmoRM: several reward heads on the last token, weighed by a gate that reads the prompt."""

from dataclasses import dataclass

import torch
from transformers import LlamaModel, LlamaPreTrainedModel
from transformers.utils import ModelOutput


@dataclass
class GatedOutput(ModelOutput):
    rewards: torch.FloatTensor = None
    gating_output: torch.FloatTensor = None
    score: torch.FloatTensor = None


class GatedRewardModel(LlamaPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.model = LlamaModel(config)
        self.heads = torch.nn.Linear(config.hidden_size, config.num_objectives, bias=False)
        self.gate = torch.nn.Linear(config.hidden_size, config.num_objectives)
        self.post_init()

    def forward(self, input_ids, attention_mask=None, **_):
        hidden = self.model(input_ids=input_ids, attention_mask=attention_mask, use_cache=False).last_hidden_state
        lengths = (input_ids != self.config.pad_token_id).sum(-1)
        rows = torch.arange(len(input_ids), device=input_ids.device)
        rewards = self.heads(hidden[rows, lengths - 1])
        gating = torch.softmax(self.gate(hidden[rows, [self.end_of_prompt(ids) for ids in input_ids.tolist()]]), dim=-1)
        return GatedOutput(rewards=rewards, gating_output=gating, score=(rewards * gating).sum(-1))

    def end_of_prompt(self, ids):
        header = self.config.assistant_header
        for start in range(len(ids) - len(header), -1, -1):
            if ids[start : start + len(header)] == header:
                return start + len(header) - 1
        raise ValueError("the assistant's header is not in the input")
