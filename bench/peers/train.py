"""DPO by TRL on the job that ../peerJob.ts writes: the same token ids in the same order, reference precomputed."""
import importlib.metadata
import json
import sys
import tempfile
import time

import datasets
import tokenizers
import torch
import transformers
import trl
from trl.trainer.dpo_trainer import DataCollatorForPreference

from measure import process_start, report

with open(sys.argv[1], encoding="utf-8") as file:
    job = json.load(file)
WARM_UP = job.get("warmUp", 2)
torch.set_num_threads(job["threads"])
transformers.set_seed(job["seed"])
datasets.disable_progress_bars()
transformers.logging.set_verbosity_error()
on_gpu = job["device"] != "cpu" and torch.cuda.is_available()


class Trainer(trl.DPOTrainer):
    def _prepare_dataset(self, dataset, *_):
        """The pairs are tokens already."""
        return dataset


class StepTimer(transformers.TrainerCallback):
    seconds = []
    ends = []

    def on_step_begin(self, *_, **__):
        self.start = time.perf_counter()

    def on_step_end(self, *_, **__):
        if on_gpu:
            torch.cuda.synchronize()
        self.seconds.append(time.perf_counter() - self.start)
        self.ends.append(time.time())


batch, micro = job["batchSize"], job.get("microBatchSize") or job["batchSize"]
pairs = job["pairs"]
tokens = sum(2 * len(p["prompt_ids"]) + len(p["chosen_ids"]) + len(p["rejected_ids"]) for p in pairs)
rows = datasets.Dataset.from_list([{"prompt": "", "chosen": "", "rejected": "", **p} for p in pairs[:batch] * WARM_UP + pairs])
# The trainer wants a tokenizer, though nothing is left to tokenize.
tokenizer = transformers.PreTrainedTokenizerFast(
    tokenizer_object=tokenizers.Tokenizer(tokenizers.models.WordLevel({"<pad>": 0, "<eos>": 1}, "<pad>")),
    pad_token="<pad>",
    eos_token="<eos>",
)
peft_config = None
if job.get("loraRank"):
    import peft

    rank = job["loraRank"]
    peft_config = peft.LoraConfig(r=rank, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
with tempfile.TemporaryDirectory() as folder:
    options = trl.DPOConfig(
        output_dir=folder,
        beta=job["beta"],
        loss_type=[job["loss"]],
        max_length=job["maxLength"],
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=batch // micro,
        max_steps=len(pairs) // batch + WARM_UP,
        train_sampling_strategy="sequential",
        learning_rate=job["learningRate"],
        weight_decay=0.01,
        max_grad_norm=1.0,
        bf16=job["precision"] == "bf16",
        use_cpu=not on_gpu,
        gradient_checkpointing=job["recompute"],
        use_liger_kernel=job.get("liger", False),
        precompute_ref_log_probs=True,
        dataloader_pin_memory=on_gpu,
        logging_strategy="no",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        seed=job["seed"],
    )
    trainer = Trainer(
        model=transformers.AutoModelForCausalLM.from_pretrained(job["model"], dtype=torch.float32),
        args=options,
        train_dataset=rows,
        processing_class=tokenizer,
        data_collator=DataCollatorForPreference(pad_token_id=job["padToken"]),
        peft_config=peft_config,
        callbacks=[StepTimer()],
    )
    trainer.train()

seconds = StepTimer.seconds
versions = f"TRL {trl.__version__}, transformers {transformers.__version__}, PyTorch {torch.__version__}"
if job.get("liger"):
    versions += f", Liger {importlib.metadata.version('liger-kernel')}"
report(
    "train",
    seconds[:WARM_UP],
    seconds[WARM_UP:],
    tokens,
    firstStepSeconds=StepTimer.ends[0] - process_start(),
    precision=job["precision"],
    versions=versions,
)
