"""DPO step in PyTorch on the terms of ../train.ts: forward, backward, clipping and AdamW."""
import torch
import torch.nn.functional as F

from measure import parse_options, report
from model import Model, VOCABULARY, uniform_logp

PAIRS, LENGTH, BETA = 4, 256, 0.1

options = parse_options()
model = Model(LENGTH)
decayed = [w for w in model.parameters() if w.dim() > 1]
others = [w for w in model.parameters() if w.dim() == 1]
optimizer = torch.optim.AdamW(
    [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}], 1e-4
)
ids = torch.randint(0, VOCABULARY, (2 * PAIRS, LENGTH))
reference = torch.full((2 * PAIRS,), uniform_logp(LENGTH))


def loss_of():
    logits = model(ids)[:, :-1].float()
    logps = torch.gather(logits.log_softmax(-1), 2, ids[:, 1:, None])[..., 0].sum(-1)
    ratios = logps - reference
    return -F.logsigmoid(BETA * (ratios[:PAIRS] - ratios[PAIRS:])).mean()


if options.compile:
    loss_of = torch.compile(loss_of)


def step():
    loss = loss_of()
    with torch.autocast("cpu", enabled=False):
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    loss.item()


report("train", step, 2 * PAIRS * LENGTH, 1, options)
