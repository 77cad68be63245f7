import { openModelBytes } from "@indicia/onnx/open";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { onnx } from "onnx-proto";
import { describe, expect, it } from "vitest";
import type { ListedAttack, Variant } from "./attack.js";
import { AttackError } from "./error.js";
import { ATTACKS } from "./index.js";
import { noise } from "./noise.js";
import { outputChange, outputsOf } from "./test-support/run.js";
import { generatedSubjects, sharedSubjects, type Subject, trainedSubjects } from "./test-support/subjects.js";

/** The independent decoder knows versions up to this. */
const DECODED_IR = 8;
/** Change of the outputs that a preserving attack may cause, relative to their scale. */
const TOLERANCE = 1e-4;

const CASES = ATTACKS.flatMap((attack) =>
  attack.variants.map((variant) => ({ attack, variant, name: `${attack.name} (${variant.name})` })),
);

const GENERATED = generatedSubjects();
const OTHERS = [...trainedSubjects(), ...sharedSubjects()];

/** What is the same for every attack is made once for each subject. */
function oncePerSubject<Made>(make: (subject: Subject) => Made): (subject: Subject) => Made {
  const known = new Map<Subject, Made>();
  return (subject) => {
    const made = known.get(subject) ?? make(subject);
    known.set(subject, made);
    return made;
  };
}

/** The outputs before any attack. */
const before = oncePerSubject(({ bytes, rows }) => outputsOf(bytes, rows));

/** A model of the same structure; the model itself where it has no weights to change. */
const cousin = oncePerSubject(({ bytes }) => {
  try {
    return noise(bytes, { sigma: 0.01 }, "cousin");
  } catch (error) {
    if (error instanceof AttackError && error.code === "NOTHING_TO_DO") return bytes;
    throw error;
  }
});

/** What came of an attack: all of it is to be true. */
async function attempt(
  attack: ListedAttack,
  variant: Variant,
  subject: Subject,
): Promise<Record<string, boolean> | "nothing to do"> {
  const { bytes, rows } = subject;
  const copy = bytes.slice();
  const labels = labelsOf(await before(subject));
  if (attack.needs === "labels" && labels === null) return "nothing to do";
  const others = [cousin(subject)];
  const loot = { rows, others, independent: others, ...(labels === null ? {} : { labels }) };
  const run = (): Promise<Uint8Array | null> =>
    variant.run(bytes, 7, loot).catch((error: unknown) => {
      if (error instanceof AttackError && error.code === "NOTHING_TO_DO") return null;
      throw error;
    });
  const attacked = await run();
  const untouched = Buffer.from(bytes).equals(copy);
  if (attacked === null) return untouched ? "nothing to do" : { untouched };
  // Once more for the small models; the large ones take the same way.
  const again = GENERATED.includes(subject) ? await run() : attacked;
  const model = openModelBytes(attacked);
  const decodable = model.irVersion <= DECODED_IR;
  const decoded = decodable ? onnx.ModelProto.decode(attacked).graph?.node?.length : model.graph.nodes.length;
  const [old, now] = [await before(subject), await outputsOf(attacked, rows)];
  return {
    untouched,
    repeated: again !== null && Buffer.from(again).equals(attacked),
    changed: !Buffer.from(bytes).equals(attacked),
    decoded: decoded === model.graph.nodes.length,
    answers: Object.keys(now).join() === Object.keys(old).join(),
    preserved: !attack.preserving || outputChange(old, now) < TOLERANCE,
  };
}

/** A label for each row, which is not what the model says; null where it does not classify. */
function labelsOf(outputs: Readonly<Record<string, Tensor>>): Int32Array | null {
  const [scores] = Object.values(outputs);
  const [rows = 0, classes = 1] = scores?.dims ?? [];
  if (scores?.dims.length !== 2 || classes < 2) return null;
  const values = toFloat64(scores);
  return Int32Array.from({ length: rows }, (_, i) => {
    const row = values.subarray(i * classes, (i + 1) * classes);
    return (row.indexOf(Math.max(...row)) + 1) % classes;
  });
}

const WELL = {
  untouched: true,
  repeated: true,
  changed: true,
  decoded: true,
  answers: true,
  preserved: true,
};

describe.each(CASES)("$name", ({ attack, variant }) => {
  // Larger models are slower: the first variant of each attack shows whether it copes.
  const subjects = variant === attack.variants[0] ? [...GENERATED, ...OTHERS] : GENERATED;
  const outcomes: unknown[] = [];

  it.each(subjects)("of $name", async (subject) => {
    const outcome = await attempt(attack, variant, subject);
    outcomes.push(outcome);
    expect([WELL, "nothing to do"]).toContainEqual(outcome);
  });

  it("has something to do", () => {
    expect(outcomes).toContainEqual(WELL);
  });
});

describe("the list", () => {
  it("names every attack and variant once", () => {
    expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
  });
});
