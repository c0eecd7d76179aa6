"""Generation by transformers on the job that ../peerJob.ts writes: temperature 1, no response ends early."""
import json
import sys
import time

import torch
import transformers

from measure import report

with open(sys.argv[1], encoding="utf-8") as file:
    job = json.load(file)
torch.set_num_threads(job["threads"])
transformers.set_seed(job["seed"])
transformers.logging.set_verbosity_error()
on_gpu = job["device"] != "cpu" and torch.cuda.is_available()

# In bfloat16 from the start: autocast alone would cast the weights for every token.
dtype = torch.bfloat16 if job["precision"] == "bf16" else torch.float32
model = transformers.AutoModelForCausalLM.from_pretrained(job["model"], dtype=dtype).eval()
if on_gpu:
    model = model.cuda()
prompts, new = job["prompts"], job["newTokens"]
longest = max(map(len, prompts))
ids = torch.tensor([[job["padToken"]] * (longest - len(prompt)) + prompt for prompt in prompts], device=model.device)
mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=model.device)
sampling = transformers.GenerationConfig(
    do_sample=True,
    temperature=1.0,
    top_k=0,
    top_p=1.0,
    max_new_tokens=new,
    eos_token_id=None,
    pad_token_id=job["padToken"],
)
# The folder's own settings may name an end token.
model.generation_config = sampling
seconds, tokens = [], 0
for run in range(job["steps"] + 1):
    start = time.perf_counter()
    with torch.inference_mode():
        answers = model.generate(input_ids=ids, attention_mask=mask, generation_config=sampling)[:, longest:]
    answers = answers.tolist()
    seconds.append(time.perf_counter() - start)
    tokens += sum(map(len, answers)) if run > 0 else 0

versions = f"transformers {transformers.__version__}, PyTorch {torch.__version__}"
report("generate", seconds[:1], seconds[1:], tokens, new, precision=job["precision"], versions=versions)
