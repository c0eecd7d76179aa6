"""DPO by hand-written PyTorch under torch.compile, on the job that ../peerTable/job.ts writes: full rows of one length."""
import json
import sys
import time

import safetensors.torch
import torch
import torch.nn.functional as F

from measure import process_start, report

with open(sys.argv[1], encoding="utf-8") as file:
    job = json.load(file)
torch.set_num_threads(job["threads"])
torch.manual_seed(job["seed"])
with open(f"{job['model']}/config.json", encoding="utf-8") as file:
    config = json.load(file)
width, heads, layers = config["hidden_size"], config["num_attention_heads"], config["num_hidden_layers"]
head_size = width // heads
weights = {
    name: tensor.float().requires_grad_()
    for name, tensor in safetensors.torch.load_file(f"{job['model']}/model.safetensors").items()
}
length = job["maxLength"]
angles = torch.arange(length)[:, None] / config.get("rope_theta", 10_000.0) ** (torch.arange(0, head_size, 2) / head_size)
cosine, sine = angles.cos(), angles.sin()


def norm(x, name):
    return F.rms_norm(x, (width,), weights[name], config["rms_norm_eps"])


def rotate(x):
    a, b = x.chunk(2, -1)
    return torch.cat([a * cosine - b * sine, b * cosine + a * sine], -1)


def log_probs(ids):
    """Summed log-probabilities of all tokens but the first, [rows]."""
    rows = ids.shape[0]
    x = F.embedding(ids, weights["model.embed_tokens.weight"])
    for i in range(layers):
        at = f"model.layers.{i}."
        h = norm(x, at + "input_layernorm.weight")
        q, k, v = (
            F.linear(h, weights[f"{at}self_attn.{part}_proj.weight"]).view(rows, length, heads, head_size).transpose(1, 2)
            for part in "qkv"
        )
        mixed = F.scaled_dot_product_attention(rotate(q), rotate(k).to(q.dtype), v, is_causal=True)
        mixed = mixed.transpose(1, 2).reshape(rows, length, width)
        x = x + F.linear(mixed, weights[at + "self_attn.o_proj.weight"])
        h = norm(x, at + "post_attention_layernorm.weight")
        gate, up = (F.linear(h, weights[f"{at}mlp.{part}_proj.weight"]) for part in ("gate", "up"))
        x = x + F.linear(F.silu(gate) * up, weights[at + "mlp.down_proj.weight"])
    logits = F.linear(norm(x, "model.norm.weight"), weights["model.embed_tokens.weight"])[:, :-1]
    return -F.cross_entropy(logits.float().transpose(1, 2), ids[:, 1:], reduction="none").sum(-1)


def loss_of(ids, reference):
    # Chosen answers are the first half of the rows.
    gap = log_probs(ids) - reference
    chosen, rejected = gap.chunk(2)
    return -F.logsigmoid(job["beta"] * (chosen - rejected)).mean()


def autocast():
    return torch.autocast("cpu", torch.bfloat16, enabled=job["precision"] == "bf16")


batch, pairs = job["batchSize"], job["pairs"]
batches = [
    torch.tensor([p["prompt_ids"] + p[side] for side in ("chosen_ids", "rejected_ids") for p in pairs[i : i + batch]])
    for i in range(0, len(pairs), batch)
]
with torch.no_grad(), autocast():
    references = [log_probs(ids) for ids in batches]
step_loss = torch.compile(loss_of)
optimizer = torch.optim.AdamW(weights.values(), lr=job["learningRate"], weight_decay=0.01, fused=True)
seconds, losses, first_step_at = [], [], None
for ids, reference in [*[(batches[0], references[0])] * job["warmUp"], *zip(batches, references)]:
    start = time.perf_counter()
    with autocast():
        loss = step_loss(ids, reference)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(weights.values(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    losses.append(loss.item())
    seconds.append(time.perf_counter() - start)
    first_step_at = first_step_at or time.time()

tokens = sum(2 * len(p["prompt_ids"]) + len(p["chosen_ids"]) + len(p["rejected_ids"]) for p in pairs)
report(
    "train",
    seconds[: job["warmUp"]],
    seconds[job["warmUp"] :],
    tokens,
    losses=losses,
    firstStepSeconds=first_step_at - process_start(),
    precision=job["precision"],
    versions=f"PyTorch {torch.__version__}, torch.compile",
)
