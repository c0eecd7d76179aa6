"""Generation in PyTorch on the terms of ../generate.ts: a cache allocated once, temperature 1, no end token."""
import torch

from measure import parse_options, report
from model import Model, VOCABULARY

ROWS, PROMPT, NEW = 32, 64, 192

options = parse_options()
model = Model(PROMPT + NEW)
forward = torch.compile(model, dynamic=True) if options.compile else model
prompts = torch.randint(0, VOCABULARY, (ROWS, PROMPT))


@torch.inference_mode()
def generate():
    caches = model.new_caches(ROWS, PROMPT + NEW)
    if options.precision == "bf16":
        caches = [(k.bfloat16(), v.bfloat16()) for k, v in caches]
    ids, filled, tokens = prompts, 0, []
    for _ in range(NEW):
        logits = forward(ids, caches, filled, last_only=True).float()
        filled += ids.shape[1]
        logps = logits.log_softmax(-1)
        ids = torch.multinomial(logps.exp(), 1)
        tokens.append((ids, logps.gather(1, ids)))
    torch.cat([token for token, _ in tokens], 1).tolist()


report("generate", generate, ROWS, NEW, options)
