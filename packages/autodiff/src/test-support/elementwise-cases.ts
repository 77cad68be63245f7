import type { AttributeSpec } from "@indicia/onnx/build";
import type { GradientCase } from "./check-gradient.js";
import { type Feed, real, truth, whole } from "./irregular.js";

type Attributes = Readonly<Record<string, AttributeSpec>>;
type Extra = Partial<Pick<GradientCase, "precision" | "opset" | "closed" | "formula">>;

/** One node that takes the feeds in order. */
export function single(
  op: string,
  feeds: Readonly<Record<string, Feed>>,
  attributes: Attributes = {},
  extra: Extra = {},
  name = "",
): GradientCase {
  const text = Object.values(feeds)
    .map((feed) => `[${(feed.kind === "real" ? feed.dims : feed.tensor.dims).join()}]`)
    .join(" ");
  return {
    name: `${op} ${text} ${name}`.trim(),
    feeds,
    graph: (builder) => builder.add(op, Object.keys(feeds), attributes),
    ...extra,
  };
}

const X = { x: real([3, 4]) };
const POSITIVE = { x: real([3, 4], 0.3, 2.5) };

const unary = (op: string, attributes: Attributes = {}, extra: Extra = {}): GradientCase[] => [
  single(op, X, attributes, extra),
];

/** For operators that the runtime has in float32 only. */
const formula = (apply: (...x: number[]) => number): Extra => ({ precision: "formula", formula: apply });

/** By its power series, which converges quickly for arguments as small as these. */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 60; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const SELU = { alpha: 1.67326319217681884765625, gamma: 1.05070102214813232421875 };

/** Shapes that are broadcast in every way. */
const binary = (op: string, low = -1.5, extra: Extra = {}): GradientCase[] =>
  [
    [
      [2, 3],
      [2, 3],
    ],
    [[2, 3], [3]],
    [
      [2, 1, 3],
      [4, 1],
    ],
    [[], [2, 2]],
    [
      [1, 2],
      [3, 1],
    ],
  ].map(([a = [], b = []]) => single(op, { a: real(a, low, 1.6), b: real(b, low, 1.7) }, {}, extra));

export const ELEMENTWISE_CASES: Readonly<Record<string, readonly GradientCase[]>> = {
  Identity: unary("Identity"),
  Neg: unary("Neg"),
  Abs: unary("Abs"),
  Exp: unary("Exp"),
  Log: [single("Log", POSITIVE)],
  Sqrt: [single("Sqrt", POSITIVE)],
  Reciprocal: [single("Reciprocal", POSITIVE)],
  Sin: unary("Sin"),
  Cos: unary("Cos"),
  Erf: unary("Erf", {}, formula(erf)),
  Gelu: [
    single("Gelu", X, {}, { opset: 20, ...formula((x) => (x * (1 + erf(x * Math.SQRT1_2))) / 2) }),
    single("Gelu", X, { approximate: "tanh" }, { opset: 20 }, "tanh"),
  ],
  Relu: unary("Relu"),
  LeakyRelu: unary("LeakyRelu", { alpha: 0.3 }),
  Elu: unary(
    "Elu",
    { alpha: 0.75 },
    formula((x) => (x > 0 ? x : 0.75 * Math.expm1(x))),
  ),
  Selu: unary(
    "Selu",
    {},
    formula((x) => SELU.gamma * (x > 0 ? x : SELU.alpha * Math.expm1(x))),
  ),
  Sigmoid: unary("Sigmoid"),
  HardSigmoid: unary(
    "HardSigmoid",
    { alpha: 0.5 },
    formula((x) => Math.min(1, Math.max(0, x / 2 + 0.5))),
  ),
  HardSwish: [
    single(
      "HardSwish",
      { x: real([4, 5], -5, 5) },
      {},
      formula((x) => x * Math.min(1, Math.max(0, x / 6 + 0.5))),
    ),
  ],
  Tanh: unary("Tanh"),
  Softplus: unary(
    "Softplus",
    {},
    formula((x) => Math.log1p(Math.exp(x))),
  ),
  Softsign: unary(
    "Softsign",
    {},
    formula((x) => x / (1 + Math.abs(x))),
  ),
  Add: binary("Add"),
  Sub: binary("Sub"),
  Mul: binary("Mul"),
  Div: binary("Div", 0.4),
  Pow: [
    ...binary("Pow", 0.4),
    { ...single("Pow", { x: real([5]), p: whole([], [3]) }), name: "Pow with a whole exponent" },
    { ...single("Pow", { x: real([2]), p: whole([2], [0, 1]) }), name: "Pow to 0 and 1" },
  ],
  Min: [...binary("Min"), single("Min", { a: real([4]), b: real([3, 1]), c: real([3, 4]) })],
  Max: [...binary("Max"), single("Max", { a: real([4]), b: real([3, 1]), c: real([3, 4]) })],
  Sum: [single("Sum", { a: real([4]), b: real([3, 1]), c: real([3, 4]) })],
  Mean: [single("Mean", { a: real([4]), b: real([3, 1]), c: real([3, 4]) }, {}, { precision: "linear" })],
  Where: [
    single("Where", { c: truth([2, 3], [1, 0, 0, 1, 1, 0]), a: real([2, 3]), b: real([3]) }),
    single("Where", { c: truth([3], [1, 0, 1]), a: real([]), b: real([2, 1]) }),
  ],
  PRelu: [single("PRelu", { x: real([2, 3, 2]), s: real([3, 1]) })],
  Clip: [
    single("Clip", { x: real([3, 4]), low: real([], -0.71, -0.7), high: real([], 0.8, 0.81) }),
    {
      ...single("Clip", X),
      graph: (b) => b.add("Clip", ["x", "", b.constant(0.4, "float64")]),
      name: "Clip above",
    },
  ],
  Softmax: [single("Softmax", X), single("Softmax", { x: real([2, 3, 2]) }, { axis: 1 })],
  LogSoftmax: [single("LogSoftmax", X), single("LogSoftmax", { x: real([2, 3, 2]) }, { axis: 0 })],
  CumSum: [
    single("CumSum", { x: real([2, 4]), axis: whole([], [1]) }),
    single("CumSum", { x: real([3, 2]), axis: whole([], [0]) }, { exclusive: 1, reverse: 1 }),
  ],
  Cast: [{ ...single("Cast", X), graph: (b) => b.add("Cast", [b.add("Mul", ["x", "x"])], { to: 11 }) }],
  CastLike: [{ ...single("CastLike", X), graph: (b) => b.add("CastLike", [b.add("Mul", ["x", "x"]), "x"]) }],
  Dropout: [
    single("Dropout", X),
    {
      ...single("Dropout", X),
      name: "Dropout that keeps all",
      graph: (b) => {
        b.initializers.set("train", { type: "bool", dims: [], data: Uint8Array.of(1) });
        return b.add("Dropout", ["x", b.constant(0, "float64"), "train"]);
      },
    },
  ],
};
