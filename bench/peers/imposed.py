"""Responses of imposed lengths by transformers' generate."""
import torch
import transformers


class Imposed(transformers.StoppingCriteria):
    """Row i is done after lengths[i] new tokens."""

    def __init__(self, prompt, lengths, device):
        self.ends = torch.tensor(lengths, device=device) + prompt

    def __call__(self, input_ids, scores, **_):
        return input_ids.shape[1] >= self.ends


def draw(model, prompts, lengths, pad):
    """Token ids of one response to each prompt, all in one batch, row i of lengths[i] tokens; temperature 1, nothing cut."""
    longest = max(map(len, prompts))
    lefts = [longest - len(prompt) for prompt in prompts]
    # One row for each response: with num_return_sequences generate repeats the prompts itself, just so.
    ids = [[pad] * left + prompt for left, prompt in zip(lefts, prompts)]
    mask = [[0] * left + [1] * (longest - left) for left in lefts]
    drawn = model.generate(
        input_ids=torch.tensor(ids, device=model.device),
        attention_mask=torch.tensor(mask, device=model.device),
        stopping_criteria=[Imposed(longest, lengths, model.device)],
        generation_config=transformers.GenerationConfig(
            do_sample=True,
            temperature=1.0,
            top_k=0,
            top_p=1.0,
            max_new_tokens=max(lengths),
            eos_token_id=None,
            pad_token_id=pad,
        ),
    )
    return [row[:length] for row, length in zip(drawn[:, longest:].tolist(), lengths)]
