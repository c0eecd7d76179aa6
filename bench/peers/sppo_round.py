"""One whole SPPO round by TRL and transformers, on the job that ../peerTable/roundTableJob.ts writes.

TRL has no trainer that answers, asks a pair judge and trains by SPPO, so this is the script that its users write. TRL's
`sppo_hard` takes 1 and 0 for the win rates of a pair; it costs what the soft loss does.
"""
import json
import sys
import tempfile
import time

import datasets
import safetensors.torch
import torch
import transformers
import trl
from trl.trainer.dpo_trainer import DataCollatorForPreference

from imposed import draw
from measure import process_start, report

# Rows of a batch of the judge.
JUDGED_TOGETHER = 32
SOURCE_LENGTH, CANDIDATE_LENGTH = 1224, 412

with open(sys.argv[1], encoding="utf-8") as file:
    job = json.load(file)
torch.set_num_threads(job["threads"])
transformers.set_seed(job["seed"])
datasets.disable_progress_bars()
transformers.logging.set_verbosity_error()
prompts, stops, pad = job["prompts"], job["stops"], job["padToken"]
on_gpu = job["device"] != "cpu" and torch.cuda.is_available()
device = "cuda" if on_gpu else "cpu"
dtype = torch.bfloat16 if job["precision"] == "bf16" else torch.float32
ends = []


def end(stage):
    if on_gpu:
        torch.cuda.synchronize()
    ends.append((stage, time.time()))


@torch.inference_mode()
def draw_answers(model):
    """K answers to each prompt. Prompts of like length are answered together: answers end where nobody knows before."""
    order = sorted(range(len(prompts)), key=lambda prompt: len(prompts[prompt]["ids"]))
    rows = [(prompt, length) for prompt in order for length in stops[prompt]]
    size = job["rows"]["peer"]
    batches = [rows[at : at + size] for at in range(0, len(rows), size)]
    drawn = [
        ids
        for batch in batches
        for ids in draw(model, [prompts[prompt]["ids"] for prompt, _ in batch], [length for _, length in batch], pad)
    ]
    answers = [[] for _ in prompts]
    for (prompt, _), ids in zip(rows, drawn):
        answers[prompt].append(ids)
    return answers


def judged_texts(messages):
    """The conversation as PairRM reads it, and what stands before each answer; several turns as llm-blender writes them."""
    turns = [turn for turn in messages if turn["role"] != "system"]
    system = "".join(f"{turn['content']}\n" for turn in messages if turn["role"] == "system")
    if len(turns) == 1:
        return system + turns[0]["content"], ""
    lines, before, number = [], "", 1
    for turn in turns:
        if turn["role"] == "assistant":
            lines.append(f"Assistant: <Response {number}>")
            before += f"<Response {number}>: {turn['content']}\n"
            number += 1
        else:
            lines.append(f"USER: {turn['content']}")
    lines.append(f"Assistant: <Response {number}>")
    head = "Finish the following coversation in each i-th turn by filling in <Response i> with your response."
    return f"{head}{system}" + "\n".join(lines), f"{before}<Response {number}>: "


class PairRm:
    """PairRM's encoder and head from a folder, in the job's precision."""

    def __init__(self, folder):
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        config = transformers.DebertaV2Config.from_pretrained(folder)
        weights = safetensors.torch.load_file(f"{folder}/model.safetensors")
        self.encoder = transformers.DebertaV2Model(config)
        width = config.hidden_size
        self.head = torch.nn.Sequential(
            torch.nn.Dropout(), torch.nn.Linear(2 * width, width), torch.nn.Tanh(), torch.nn.Dropout(), torch.nn.Linear(width, 1)
        )
        for part, prefix in ((self.encoder, "pretrained_model."), (self.head, "head_layer.")):
            part.load_state_dict({name.removeprefix(prefix): w for name, w in weights.items() if name.startswith(prefix)})
            part.to(device, dtype).eval()

    def segments(self, marker, texts, longest):
        tokenizer = self.tokenizer
        cleaned = [marker + text.replace(tokenizer.sep_token, " ") for text in texts]
        ids = tokenizer(cleaned, add_special_tokens=False)["input_ids"]
        return [[tokenizer.cls_token_id, *row[: longest - 2], tokenizer.sep_token_id] for row in ids]

    def encode(self, messages, answers):
        """Ordered pairs (left, right, ids, markers) of the answers to a conversation."""
        text, before = judged_texts(messages)
        (source,) = self.segments("<|source|>", [text], SOURCE_LENGTH)
        longest = CANDIDATE_LENGTH + (SOURCE_LENGTH - len(source)) // 2
        texts = [before + answer for answer in answers]
        lefts, rights = (self.segments(f"<|candidate{side}|>", texts, longest) for side in (1, 2))
        return [
            (i, j, source + left + right, [1, len(source) + 1, len(source) + len(left) + 1])
            for i, left in enumerate(lefts)
            for j, right in enumerate(rights)
            if i != j
        ]

    @torch.inference_mode()
    def logits(self, pairs):
        """Of "the left answer is better" for each (ids, markers), batched by length."""
        order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]))
        found = [0.0] * len(pairs)
        for at in range(0, len(order), JUDGED_TOGETHER):
            rows = order[at : at + JUDGED_TOGETHER]
            longest = len(pairs[rows[-1]][0])
            ids = torch.tensor([pairs[i][0] + [0] * (longest - len(pairs[i][0])) for i in rows], device=device)
            mask = torch.tensor([[1] * len(pairs[i][0]) + [0] * (longest - len(pairs[i][0])) for i in rows], device=device)
            hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            places = torch.tensor([pairs[i][1] for i in rows], device=device)
            source, left, right = hidden[torch.arange(len(rows), device=device)[:, None], places].unbind(1)
            scores = [self.head(torch.cat([source, side], -1)).float() for side in (left, right)]
            for i, logit in zip(rows, (scores[0] - scores[1])[:, 0].tolist()):
                found[i] = logit
        return found


def best_and_worst(judge, tokenizer, answers):
    """A pair of answers to each prompt, by their mean probability to win over all K, themselves at one half."""
    questions, of = [], []
    for prompt, group in enumerate(answers):
        texts = tokenizer.batch_decode(group, skip_special_tokens=True)
        for i, j, ids, markers in judge.encode(prompts[prompt]["messages"], texts):
            questions.append((ids, markers))
            of.append((prompt, i, j))
    logit = dict(zip(of, judge.logits(questions)))
    pairs = []
    for prompt, group in enumerate(answers):
        count = range(len(group))
        against = [[(logit[prompt, i, j] - logit[prompt, j, i]) / 2 if i != j else 0.0 for j in count] for i in count]
        rates = torch.sigmoid(torch.tensor(against)).mean(1)
        ranked = rates.argsort(descending=True, stable=True).tolist()
        pairs.append({
            "prompt_ids": prompts[prompt]["ids"],
            "chosen_ids": group[ranked[0]],
            "rejected_ids": group[ranked[-1]],
            "win_rates": [rates[ranked[0]].item(), rates[ranked[-1]].item()],
        })
    return pairs, len(questions)


class Trainer(trl.DPOTrainer):
    def _prepare_dataset(self, dataset, *_):
        """The pairs are tokens already."""
        return dataset


def trainer_of(model, tokenizer, pairs, folder):
    """Its reference log-probabilities are computed here."""
    columns = ("prompt_ids", "chosen_ids", "rejected_ids")
    rows = [{"prompt": "", "chosen": "", "rejected": "", **{name: pair[name] for name in columns}} for pair in pairs]
    options = trl.DPOConfig(
        output_dir=folder,
        beta=job["beta"],
        loss_type=["sppo_hard"],
        max_length=None,
        per_device_train_batch_size=job["batchSize"],
        num_train_epochs=1,
        learning_rate=job["learningRate"],
        weight_decay=job["weightDecay"],
        max_grad_norm=1.0,
        bf16=job["precision"] == "bf16",
        use_cpu=not on_gpu,
        gradient_checkpointing=False,
        precompute_ref_log_probs=True,
        dataloader_pin_memory=on_gpu,
        logging_strategy="no",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        seed=job["seed"],
    )
    return Trainer(
        model=model,
        args=options,
        train_dataset=datasets.Dataset.from_list(rows),
        processing_class=tokenizer,
        data_collator=DataCollatorForPreference(pad_token_id=pad),
    )


def main():
    # In bfloat16 from the start to generate, where autocast would cast the weights for every token; in float32 to train.
    tokenizer = transformers.AutoTokenizer.from_pretrained(job["tokenizer"])
    generating, model = (
        transformers.AutoModelForCausalLM.from_pretrained(job["model"], dtype=kind).to(device) for kind in (dtype, torch.float32)
    )
    generating.eval()
    judge = PairRm(job["judge"])
    end("load")
    answers = draw_answers(generating)
    drawn = [[len(ids) for ids in group] for group in answers]
    if drawn != stops:
        raise RuntimeError("The answers have other lengths than were imposed, so that both sides would not do the same work.")
    end("sample")
    pairs, sequences = best_and_worst(judge, tokenizer, answers)
    end("judge")
    with tempfile.TemporaryDirectory() as folder:
        trainer = trainer_of(model, tokenizer, pairs, folder)
        end("reference")
        trainer.train()
        end("train")
        trainer.save_model(f"{folder}/policy")
        end("save")
    starts = [process_start(), *(at for _, at in ends)]
    report(
        "round",
        [],
        [ends[-1][1] - starts[0]],
        sum(map(sum, stops)),
        stages={stage: at - before for (stage, at), before in zip(ends, starts)},
        judgedSequences=sequences,
        trainedPairs=len(pairs),
        trainedTokens=sum(2 * len(p["prompt_ids"]) + len(p["chosen_ids"]) + len(p["rejected_ids"]) for p in pairs),
        precision=job["precision"],
        versions=f"TRL {trl.__version__}, transformers {transformers.__version__}, PyTorch {torch.__version__}",
    )


main()
