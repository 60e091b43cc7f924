"""The same estimates line by line in plain Python with numpy, to compare speeds with."""

import json
import sys

import numpy as np

path, key = sys.argv[1:]
w, original, rewrite, second = [], [], [], []
with open(path, encoding="utf8") as lines:
    for line in lines:
        example = json.loads(line)
        rewards = example[key]
        w.append(example["w_original"])
        original.append(rewards["original"])
        rewrite.append(rewards["rewrite"])
        second.append(rewards["rewritten rewrite"])
w, original, rewrite, second = (np.array(column) for column in (w, original, rewrite, second))
for baseline in (second, original):
    d = np.where(w, baseline - rewrite, rewrite - baseline)
    for rows in (d, d[w], d[~w]):
        print(rows.mean(), rows.std(ddof=1) / np.sqrt(rows.size))
print(original[w].mean() - original[~w].mean())
