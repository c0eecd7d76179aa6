"""The benchmark model in PyTorch: a Llama of 33.7 million weights, as in ../terms.ts."""
import math

import torch
import torch.nn.functional as F

VOCABULARY, WIDTH, LAYERS, HEADS, INNER = 16384, 512, 8, 8, 1376
HEAD = WIDTH // HEADS


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        linear = lambda inputs, outputs: torch.nn.Linear(inputs, outputs, bias=False)
        self.q, self.k, self.v, self.o = (linear(WIDTH, WIDTH) for _ in range(4))
        self.gate, self.up, self.down = linear(WIDTH, INNER), linear(WIDTH, INNER), linear(INNER, WIDTH)
        self.norm1, self.norm2 = torch.nn.RMSNorm(WIDTH, 1e-5), torch.nn.RMSNorm(WIDTH, 1e-5)

    def forward(self, x, cos, sin, cache=None):
        """cache: (keys, values, number of positions filled); the new ones are written behind them."""
        batch, length, _ = x.shape
        h = self.norm1(x)
        split = lambda y: y.view(batch, length, HEADS, HEAD).transpose(1, 2)
        q, k, v = rotate(split(self.q(h)), cos, sin), rotate(split(self.k(h)), cos, sin), split(self.v(h))
        causal = length > 1
        if cache is not None:
            keys, values, filled = cache
            end = filled + length
            keys[:, :, filled:end], values[:, :, filled:end] = k, v
            k, v = keys[:, :, :end], values[:, :, :end]
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        x = x + self.o(mixed.transpose(1, 2).reshape(batch, length, WIDTH))
        h = self.norm2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


def rotate(y, cos, sin):
    a, b = y[..., : HEAD // 2], y[..., HEAD // 2 :]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Model(torch.nn.Module):
    def __init__(self, positions):
        super().__init__()
        self.embedding = torch.nn.Embedding(VOCABULARY, WIDTH)
        self.blocks = torch.nn.ModuleList([Block() for _ in range(LAYERS)])
        self.norm = torch.nn.RMSNorm(WIDTH, 1e-5)
        for weight in self.parameters():
            if weight.dim() > 1:
                torch.nn.init.normal_(weight, 0, 0.02)
        frequencies = 1 / 10000 ** (torch.arange(0, HEAD // 2) * 2 / HEAD)
        angles = torch.arange(positions)[:, None] * frequencies[None]
        self.cos, self.sin = angles.cos(), angles.sin()

    def forward(self, ids, caches=None, filled=0, last_only=False):
        length = ids.shape[1]
        cos, sin = self.cos[filled : filled + length], self.sin[filled : filled + length]
        x = self.embedding(ids)
        for i, block in enumerate(self.blocks):
            x = block(x, cos, sin, None if caches is None else (*caches[i], filled))
        if last_only:
            x = x[:, -1]
        return self.norm(x) @ self.embedding.weight.T

    def new_caches(self, batch, positions):
        shape = (batch, HEADS, positions, HEAD)
        return [(torch.empty(shape), torch.empty(shape)) for _ in self.blocks]


def uniform_logp(length):
    """Of a sequence under random weights, nearly."""
    return -math.log(VOCABULARY) * (length - 1)
