import {
  badSetting,
  choiceSetting,
  flagSetting,
  knownMembers,
  type Settings,
  textSetting,
} from "./settings.js";

/**
 * How a row of the reference's inputs is shown to an endpoint that does not take tensors; plain JSON, for the record.
 * - `numbers`: lists within lists of the row's shape, several inputs by their names;
 * - `text`: one input, which holds a text per row, or spells it in UTF-8 bytes or code points;
 * - `image`: one input, whose values are (sample / scale - mean) / std of an 8-bit image, sent as PNG.
 */
export type Presentation =
  | { readonly as: "numbers" }
  | {
      readonly as: "text";
      readonly input: string | null;
      readonly from: "text" | "bytes" | "codepoints";
    }
  | {
      readonly as: "image";
      readonly input: string | null;
      readonly layout: "NCHW" | "NHWC";
      readonly scale: number;
      /** One for all channels, or one each; empty for 0 and 1. */
      readonly mean: readonly number[];
      readonly std: readonly number[];
      /** Whether values between samples may be rounded to the next. */
      readonly rounded: boolean;
    };

/**
 * The setting `input`: `{"as": "text", "name": "TENSOR", "from": "bytes"}` and the like.
 *
 * @throws SuspectError SUSPECT_CONFIG
 */
export function readPresentation(value: unknown): Presentation {
  const all = ["as", "name", "from", "layout", "scale", "mean", "std", "rounded"];
  const settings = knownMembers(value ?? {}, all, "input.");
  const as = choiceSetting(settings, "as", { choices: ["numbers", "text", "image"], otherwise: "numbers" });
  const input = textSetting(settings, "name");
  switch (as) {
    case "numbers":
      only(settings, ["as"]);
      return { as };
    case "text":
      only(settings, ["as", "name", "from"]);
      return {
        as,
        input,
        from: choiceSetting(settings, "from", {
          choices: ["text", "bytes", "codepoints"],
          otherwise: "text",
        }),
      };
    case "image": {
      only(settings, ["as", "name", "layout", "scale", "mean", "std", "rounded"]);
      const std = numbers(settings, "std");
      if (std.includes(0)) throw badSetting('"input.std" holds a zero');
      return {
        as,
        input,
        layout: choiceSetting(settings, "layout", { choices: ["NCHW", "NHWC"], otherwise: "NCHW" }),
        scale: numbers(settings, "scale")[0] ?? 255,
        mean: numbers(settings, "mean"),
        std,
        rounded: flagSetting(settings, "rounded", false),
      };
    }
  }
}

/** What {@link readPresentation} reads. */
export function presentationNote(presentation: Presentation): Readonly<Record<string, unknown>> {
  if (presentation.as === "numbers") return { as: "numbers" };
  const { input, ...rest } = presentation;
  return { ...rest, ...(input === null ? {} : { name: input }) };
}

function only(settings: Settings, names: readonly string[]): void {
  knownMembers(settings, names, "input.");
}

/** A number, or a list of one or three; of none where nothing is said, as a record notes it. */
function numbers(settings: Settings, name: string): readonly number[] {
  const value = settings[name];
  if (value === undefined) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const found = list.filter((each) => typeof each === "number" && Number.isFinite(each));
  if (found.length === list.length && [0, 1, 3].includes(list.length)) return found.map(Number);
  throw badSetting(`"input.${name}" is neither a number nor three`);
}
