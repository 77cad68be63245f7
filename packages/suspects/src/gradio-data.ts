import type { Tensor } from "@indicia/onnx/tensor";
import { jsonLeaves } from "./datatypes.js";
import { SuspectError } from "./error.js";
import type { GradioParameter } from "./gradio-info.js";
import { jsonText } from "./json-text.js";
import { presentRows } from "./presentation.js";
import type { Presentation } from "./presentation-settings.js";

/** Components that take one number each; a row is spread over several of them. */
const NUMBERS: readonly string[] = ["number", "slider"];
/** Components that take an image. */
const IMAGES: readonly string[] = ["image", "imageeditor", "sketchpad"];
/** Components that take a text. */
const TEXTS: readonly string[] = ["textbox", "code", "markdown", "multimodaltextbox"];

type Inputs = Readonly<Record<string, Tensor>>;

export interface GradioEncoding {
  readonly parameters: readonly GradioParameter[];
  readonly presentation: Presentation;
  /** Whether files are objects of their own, as since Gradio 4, or texts. */
  readonly fileObjects: boolean;
}

/** How a row is shown to a function of whom nobody has said it: by the first of its components that has to be given. */
export function likelyPresentation(parameters: readonly GradioParameter[]): "numbers" | "text" | "image" {
  const { component = "" } = parameters.find(isRequired) ?? parameters[0] ?? {};
  if (IMAGES.includes(component)) return "image";
  return TEXTS.includes(component) ? "text" : "numbers";
}

/**
 * Body of a request for one row: a value for each component, in their order.
 *
 * @throws SuspectError SUSPECT_INPUTS for a row that the components cannot take
 */
export function gradioBody(encoding: GradioEncoding, inputs: Inputs): Uint8Array {
  return new TextEncoder().encode(jsonText({ data: valuesOf(encoding, inputs) }));
}

function valuesOf(encoding: GradioEncoding, inputs: Inputs): unknown[] {
  const { parameters, presentation } = encoding;
  const required = parameters.filter(isRequired);
  const taken = required.length > 0 ? required : parameters.slice(0, 1);
  const spread =
    presentation.as === "numbers" &&
    taken.length > 0 &&
    taken.every(({ component }) => NUMBERS.includes(component));
  const given = spread ? spreadNumbers(taken, inputs) : taken.map((each) => valueOf(each, encoding, inputs));
  return parameters.map((each) => {
    const at = taken.indexOf(each);
    return at < 0 ? (each.otherwise ?? null) : given[at];
  });
}

/** A number for each component: the inputs of their names, or the numbers of the only input in order. */
function spreadNumbers(taken: readonly GradioParameter[], inputs: Inputs): unknown[] {
  const named = taken.map(({ name }) => (Object.hasOwn(inputs, name) ? inputs[name] : undefined));
  const tensors = named.filter((tensor) => tensor !== undefined);
  const row = (tensors.length === taken.length ? tensors : Object.values(inputs)).flatMap((tensor) =>
    jsonLeaves(tensor),
  );
  if (row.length === taken.length) return row;
  throw cannotTake(`it takes ${taken.length} numbers, and a row has ${row.length}`);
}

function valueOf(parameter: GradioParameter, encoding: GradioEncoding, inputs: Inputs): unknown {
  const { component, name } = parameter;
  // Of several inputs each component has the one of its name.
  const own = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
  const shown = own === undefined ? inputs : { [name]: own };
  const [row] = presentRows(shown, presentationFor(parameter, encoding, own !== undefined));
  switch (row?.kind) {
    case "image": {
      const url = `data:image/png;base64,${Buffer.from(row.png).toString("base64")}`;
      return encoding.fileObjects ? { url, meta: { _type: "gradio.FileData" } } : url;
    }
    case "text":
      return row.text;
    case "numbers":
      return component === "dataframe" ? tableOf(row.value) : row.value;
    case undefined:
      throw cannotTake("there is no row");
  }
}

/** An image or a text is for the components that take one; beside it others need an input of their own name. */
function presentationFor(
  { component, name }: GradioParameter,
  { parameters, presentation }: GradioEncoding,
  named: boolean,
): Presentation {
  const { as } = presentation;
  const fitting = { image: IMAGES, text: TEXTS, numbers: [component] }[as];
  if (fitting.includes(component) || parameters.filter(isRequired).length <= 1) return presentation;
  if (named) return { as: "numbers" };
  throw cannotTake(`nothing says what its component "${name.slice(0, 60)}" is to be given beside ${as}`);
}

/** A row of numbers as a table of one line, a matrix as one of several; columns are numbered, as Gradio does. */
function tableOf(value: unknown): unknown {
  const data: unknown[] = Array.isArray(value) && Array.isArray(value[0]) ? value : [value];
  const [first] = data;
  if (!Array.isArray(first)) throw cannotTake("a row is no list, and the component takes a table");
  return { headers: first.map((_, c) => String(c + 1)), data, metadata: null };
}

function isRequired(parameter: GradioParameter): boolean {
  return parameter.otherwise === undefined;
}

function cannotTake(reason: string): SuspectError {
  return new SuspectError(
    "SUSPECT_INPUTS",
    `the app's function cannot be asked this: ${reason}`,
    'Check --model, and "input" in --config.',
  );
}
