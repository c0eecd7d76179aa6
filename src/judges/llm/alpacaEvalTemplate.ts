/**
 * The prompt of AlpacaEval 2's weighted evaluators, in ChatML: `alpaca_eval_clf.txt`, byte for byte.
 *
 * @see https://github.com/tatsu-lab/alpaca_eval (Apache-2.0; Li, Zhang, Dubois, Taori, Gulrajani, Guestrin, Liang,
 *   Hashimoto 2023), commit cd543a1, src/alpaca_eval/evaluators_configs/alpaca_eval_clf_gpt4_turbo
 */
export const ALPACA_EVAL_TEMPLATE = `<|im_start|>system
You are a highly efficient assistant, who evaluates and selects the best large language model (LLMs) based on the quality of their responses to a given instruction. This process will be used to create a leaderboard reflecting the most accurate and human-preferred answers.
<|im_end|>
<|im_start|>user
I require a leaderboard for various large language models. I'll provide you with prompts given to these models and their corresponding outputs. Your task is to assess these responses, and select the model that produces the best output from a human perspective.

## Instruction

{
    "instruction": """{instruction}""",
}

## Model Outputs

Here are the unordered outputs from the models. Each output is associated with a specific model, identified by a unique model identifier.

{
    {
        "model_identifier": "m",
        "output": """{output_1}"""
    },
    {
        "model_identifier": "M",
        "output": """{output_2}"""
    }
}

## Task

Evaluate the models based on the quality and relevance of their outputs, and select the model that generated the best output. Answer by providing the model identifier of the best model. We will use your output as the name of the best model, so make sure your output only contains one of the following model identifiers and nothing else (no quotes, no spaces, no new lines, ...): m or M.

## Best Model Identifier
<|im_end|>`;
