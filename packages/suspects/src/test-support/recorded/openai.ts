/**
 * Answers of `POST /chat/completions`:
 * - `scored`: the OpenAI API reference's example with log probabilities (https://platform.openai.com/docs/api-reference/chat/create),
 *   as BerriAI/litellm keeps it in `tests/llm_translation/test_llm_response_utils/test_convert_dict_to_chat_completion.py` at
 *   commit 03c9fa485585e47fedf17931e0baed395f17119c, its first two tokens
 * - `refused`: https://community.openai.com/t/the-refusal-in-the-api-is-always-null/922367 (gpt-4o-mini-2024-07-18)
 */
export const OPENAI_RECORDED = {
  scored: {
    id: "chatcmpl-123",
    object: "chat.completion",
    created: 1702685778,
    model: "gpt-4o-mini",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: "Hello! How can I assist you today?" },
        logprobs: {
          content: [
            {
              token: "Hello",
              logprob: -0.31725305,
              bytes: [72, 101, 108, 108, 111],
              top_logprobs: [
                { token: "Hello", logprob: -0.31725305, bytes: [72, 101, 108, 108, 111] },
                { token: "Hi", logprob: -1.3190403, bytes: [72, 105] },
              ],
            },
            {
              token: "!",
              logprob: -0.02380986,
              bytes: [33],
              top_logprobs: [
                { token: "!", logprob: -0.02380986, bytes: [33] },
                { token: " there", logprob: -3.787621, bytes: [32, 116, 104, 101, 114, 101] },
              ],
            },
          ],
        },
        finish_reason: "stop",
      },
    ],
    usage: {
      prompt_tokens: 9,
      completion_tokens: 9,
      total_tokens: 18,
      completion_tokens_details: { reasoning_tokens: 0 },
    },
    system_fingerprint: null,
  },
  refused: {
    id: "chatcmpl-A0RMdFBPJtRo9htWS6kef5fP2mxPq",
    object: "chat.completion",
    created: 1724668551,
    model: "gpt-4o-mini-2024-07-18",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: "I'm sorry, I can't assist with that.", refusal: null },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
    usage: { prompt_tokens: 25, completion_tokens: 9, total_tokens: 34 },
    system_fingerprint: "fp_507c9469a1",
  },
} as const;
