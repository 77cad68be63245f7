import type { Answer } from "@indicia/core/suspect";
import { describe, expect, it } from "vitest";
import { answered, askedJson, floats, opened, texts } from "./test-support/opened.js";
import { OPENAI_RECORDED } from "./test-support/recorded/openai.js";

const label = (of: number): Answer => ({ kind: "label", label: of });
const lost = { kind: "lost", reason: expect.any(String) as string };
const AT = "https://api.openai.com/v1";
const chat = { protocol: "openai", at: AT, model: "gpt-4o-mini" } as const;
const CLASSES = ["cat", "dog", "a bird"];
const TEXT = { as: "text" };
const row = { t: texts("It {input} barks.") };

/** A choice with these words, and log probabilities of its first token. */
function said(
  content: string | null,
  shown: readonly (readonly [string, number])[] = [],
  more = {},
): unknown {
  const top = shown.map(([token, logprob]) => ({ token, logprob, bytes: null }));
  const logprobs = top.length === 0 ? null : { content: [{ ...top[0], top_logprobs: top }] };
  return { choices: [{ index: 0, message: { role: "assistant", content, ...more }, logprobs }] };
}

describe("a chat asked for a label", () => {
  it("is asked at temperature 0 with a seed, and for log probabilities", async () => {
    const { protocol } = await opened({ ...chat, settings: { classes: CLASSES, input: TEXT } });
    expect(protocol.encode(row).url.href).toBe(`${AT}/chat/completions`);
    const asked = askedJson(protocol, row) as { messages: { role: string; content: string }[] };
    expect(asked).toMatchObject({
      model: "gpt-4o-mini",
      temperature: 0,
      seed: 0,
      max_tokens: 16,
      logprobs: true,
      top_logprobs: 20,
    });
    expect(asked.messages).toHaveLength(1);
    const prompt = asked.messages[0]?.content;
    expect(prompt).toContain("A. cat\nB. dog\nC. a bird");
    // An input that looks like a placeholder stays as it is.
    expect(prompt).toContain("\n\nIt {input} barks.\n\n");
  });

  it("is asked as its settings say", async () => {
    const settings = {
      classes: CLASSES,
      prompt: "{input}? {options}",
      system: "Be brief.",
      logprobs: false,
      seed: 7,
      maxTokens: 3,
      tokensMember: "max_completion_tokens",
      extra: { reasoning_effort: "none" },
    };
    const at = `${AT}/chat/completions`;
    const { protocol } = await opened({ ...chat, at, settings });
    expect(protocol.encode({ x: floats([1, 2], [1, 2]) }).url.href).toBe(at);
    expect(askedJson(protocol, { x: floats([1, 2], [1, 2]) })).toEqual({
      model: "gpt-4o-mini",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "[1,2]? A. cat\nB. dog\nC. a bird" },
      ],
      temperature: 0,
      seed: 7,
      max_completion_tokens: 3,
      reasoning_effort: "none",
    });
  });

  it("is shown images", async () => {
    const settings = { classes: CLASSES, input: { as: "image", scale: 1 } };
    const { protocol } = await opened({ ...chat, settings });
    expect(askedJson(protocol, { x: floats([1, 1, 1, 1], [1]) })).toMatchObject({
      messages: [
        {
          content: [
            { type: "text" },
            { type: "image_url", image_url: { url: expect.stringMatching(/^data:image\/png;base64,iVBOR/) } },
          ],
        },
      ],
    });
  });

  it("answers with the probability of each letter that it shows", async () => {
    const { protocol } = await opened({ ...chat, settings: { classes: CLASSES, input: TEXT } });
    const shown = [
      ["B", Math.log(0.5)],
      [" B", Math.log(0.25)],
      ["A", Math.log(0.125)],
      ["The", Math.log(0.0625)],
    ] as const;
    const [answer] = protocol.decode(answered(said("B", shown)), 1);
    expect(answer?.kind).toBe("vector");
    const values = answer?.kind === "vector" ? [...answer.values] : [];
    expect(values[0]).toBeCloseTo(0.125, 12);
    expect(values[1]).toBeCloseTo(0.75, 12);
    expect(values[2]).toBeNaN();
  });

  it.each<[string | null, unknown]>([
    ["B", label(1)],
    [" b.\n", label(1)],
    ["**C**", label(2)],
    ["(A)", label(0)],
    ["dog", label(1)],
    ["A bird.", label(2)],
    ["C. a bird", label(2)],
    ["A. dog", lost],
    ["D", lost],
    ["I think it is B", lost],
    ["catdog", lost],
    ["", lost],
    [null, lost],
  ])("reads %j where no log probabilities come", async (words, expected) => {
    const { protocol } = await opened({ ...chat, settings: { classes: CLASSES, input: TEXT } });
    expect(protocol.decode(answered(said(words)), 1)).toEqual([expected]);
  });

  it("loses refusals, other words and what contradicts itself", async () => {
    const { protocol } = await opened({ ...chat, settings: { classes: ["Hello", "Hi", "I"], input: TEXT } });
    expect(protocol.decode(answered(OPENAI_RECORDED.refused), 1)).toEqual([lost]);
    // Log probabilities of words that say no option.
    expect(protocol.decode(answered(OPENAI_RECORDED.scored), 1)).toEqual([lost]);
    expect(protocol.decode(answered(said("A", [], { refusal: "I cannot." })), 1)).toEqual([
      { kind: "lost", reason: "the model refuses: I cannot." },
    ]);
    expect(protocol.decode(answered(said("A", [["A", 0.5]])), 1)).toEqual([lost]);
    const twice = [
      ["A", Math.log(0.9)],
      [" A", Math.log(0.9)],
    ] as const;
    expect(protocol.decode(answered(said("A", twice)), 1)).toEqual([lost]);
    const error = { error: { message: "Rate limit reached", type: "requests" } };
    expect(protocol.decode(answered(error, { status: 400 }), 1)).toEqual([
      { kind: "lost", reason: "HTTP status 400: Rate limit reached" },
    ]);
  });

  it("reads the recorded answer's log probabilities where its words are an option", async () => {
    const [choice] = OPENAI_RECORDED.scored.choices;
    const only = { ...choice, message: { ...choice.message, content: "A" } };
    const tokens = only.logprobs.content.map((each) => ({
      ...each,
      top_logprobs: each.top_logprobs.map((top) => ({
        ...top,
        token: top.token === "Hello" ? "A" : top.token,
      })),
    }));
    const { protocol } = await opened({ ...chat, settings: { classes: ["Hello", "Hi"], input: TEXT } });
    const body = { choices: [{ ...only, logprobs: { content: tokens } }] };
    expect(protocol.decode(answered(body), 1)).toEqual([
      { kind: "vector", values: Float64Array.of(Math.exp(-0.31725305), Number.NaN) },
    ]);
  });

  it("is asked for the label itself where there are more than letters", async () => {
    const classes = Array.from({ length: 27 }, (_, i) => `kind ${i}`);
    const { protocol } = await opened({ ...chat, settings: { classes, input: TEXT } });
    expect(askedJson(protocol, row)).not.toHaveProperty("logprobs");
    expect(protocol.decode(answered(said("Kind 26.", [["Kind", -0.1]])), 1)).toEqual([label(26)]);
    expect(protocol.decode(answered(said("B")), 1)).toEqual([lost]);
  });

  it("finds out the only model of a server", async () => {
    const settings = { classes: CLASSES, input: TEXT };
    const list = (...ids: string[]): Record<string, string> => ({
      [`${AT}/models`]: JSON.stringify({ object: "list", data: ids.map((id) => ({ id, object: "model" })) }),
    });
    expect((await opened({ ...chat, model: null, settings }, list("m"))).protocol.model).toBe("m");
    for (const pages of [list("m", "n"), {}]) {
      await expect(opened({ ...chat, model: null, settings }, pages)).rejects.toMatchObject({
        code: "SUSPECT_MODEL_UNKNOWN",
      });
    }
  });

  it.each([
    [{}],
    [{ classes: 3 }],
    [{ classes: ["a"] }],
    [{ classes: CLASSES, prompt: "{input}" }],
    [{ classes: CLASSES, topLogprobs: 21 }],
  ])("refuses settings that are none: %j", async (settings) => {
    await expect(opened({ ...chat, settings })).rejects.toMatchObject({ code: "SUSPECT_CONFIG" });
  });
});
