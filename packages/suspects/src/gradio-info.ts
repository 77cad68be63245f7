import { SuspectError } from "./error.js";
import { asObject, asText, objectsOf } from "./json-values.js";

/** Functions that an error lists. */
const LISTED = 10;
/** What most apps call their only function. */
const USUAL = "predict";
/** Returned components, the likeliest to hold the answer first. */
const ANSWERING: readonly string[] = ["label", "json", "dataframe", "highlightedtext", "number", "textbox"];

/** A component that a function takes. */
export interface GradioParameter {
  /** Such as "image", in lower case. */
  readonly component: string;
  /** Empty where the app does not say. */
  readonly name: string;
  /** What it is where nothing is given; absent where something has to be. */
  readonly otherwise?: unknown;
}

/** A function of an app, as its page of information has it. */
export interface GradioFunction {
  /** Without the slash at its beginning. */
  readonly name: string;
  readonly parameters: readonly GradioParameter[];
  /** Components that it returns, in lower case. */
  readonly returns: readonly string[];
}

/** The functions of an app from its page `info`; none where it is no such page. */
export function gradioFunctions(info: unknown): GradioFunction[] {
  return Object.entries(asObject(asObject(info)?.["named_endpoints"]) ?? {}).map(([name, said]) => ({
    name: name.replace(/^\//, ""),
    parameters: objectsOf(asObject(said)?.["parameters"]).map((each) => ({
      component: asText(each["component"]).toLowerCase(),
      name: asText(each["parameter_name"]),
      ...(each["parameter_has_default"] === true ? { otherwise: each["parameter_default"] ?? null } : {}),
    })),
    returns: objectsOf(asObject(said)?.["returns"]).map((each) => asText(each["component"]).toLowerCase()),
  }));
}

/**
 * The function to ask.
 *
 * @param wanted null for the only one, or for the one that is called as most are
 * @throws SuspectError SUSPECT_MODEL_UNKNOWN
 */
export function requireFunction(functions: readonly GradioFunction[], wanted: string | null): GradioFunction {
  const name = wanted?.replace(/^\//, "") ?? (functions.length === 1 ? functions[0]?.name : USUAL);
  const found = functions.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = functions.slice(0, LISTED).map((each) => `"${each.name.slice(0, 100)}"`);
  throw new SuspectError(
    "SUSPECT_MODEL_UNKNOWN",
    wanted === null ? "the app has several functions" : `the app has no function "${wanted.slice(0, 100)}"`,
    names.length === 0
      ? "It names none; ask whoever runs it."
      : `Name one with --model; it has ${names.join(", ")}.`,
  );
}

/**
 * Which of the components that a function returns holds its answer.
 *
 * @param wanted null for the likeliest
 * @throws SuspectError SUSPECT_OUTPUT_UNKNOWN
 */
export function answeringComponent({ name, returns }: GradioFunction, wanted: number | null): number {
  const likeliest = ANSWERING.find((component) => returns.includes(component));
  const index =
    wanted ??
    Math.max(
      0,
      returns.findIndex((component) => component === likeliest),
    );
  if (index < returns.length) return index;
  throw new SuspectError(
    "SUSPECT_OUTPUT_UNKNOWN",
    `the function "${name.slice(0, 100)}" returns ${returns.length} components, of which none is number ${index}`,
    'Set "output" in --config to the place of one, counted from 0.',
  );
}
