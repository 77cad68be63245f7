import type { RandomNumbers } from "@indicia/data/random-numbers";

/** A schema of JSON Schema 2020-12, as far as OpenAPI documents of ours use it. */
export interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** What values are drawn from. */
export interface Draw {
  readonly random: RandomNumbers;
  /** Schemas by the end of their `$ref`. */
  readonly schemas: Readonly<Record<string, Schema>>;
  /** Words that mean something to the service, such as ids that it gave. */
  readonly words: readonly string[];
  /** Of how many values one is hostile; 0 for none. */
  readonly hostility: number;
}

/** Of which texts consist that are not hostile. */
const CHARACTERS: readonly string[] = Array.from("abcdefghij klmnopqrstuvwxyz0123456789-é漢");
/** Deepest value: schemas may refer to themselves. */
const MAX_DEPTH = 6;
const LONG: string = "x".repeat(70_000);
/** What has broken services of others. */
const HOSTILE_TEXTS: readonly string[] = [
  "",
  " ",
  "\0",
  "a\0b",
  "\ud800",
  "\u202e",
  "\r\nx-injected: 1",
  "null",
  "-0",
  "' or 1=1; drop table users; --",
  '"><script>alert(1)</script>',
  "{{7*7}}",
  "%00",
  "%s%n",
  "../../../etc/passwd",
  "..\\..\\",
  "/dev/zero",
  "file:///etc/passwd",
  "http://127.0.0.1:1/",
  "http://[::1]",
  "__proto__",
  "constructor",
  "2026-13-45T99:99:99Z",
  "99999999999999999999",
  "0x10",
  "1e400",
  LONG,
];
const HOSTILE_NUMBERS: readonly number[] = [0, -1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53, 2 ** 63];
const HOSTILE: readonly unknown[] = [
  ...HOSTILE_TEXTS,
  ...HOSTILE_NUMBERS,
  null,
  true,
  false,
  [],
  {},
  [[[[[[]]]]]],
  [null, null],
  { __proto__: null, constructor: { prototype: { polluted: true } } },
];

/** One of a list. */
export function pick<Item>(random: RandomNumbers, items: readonly Item[]): Item | undefined {
  return items[random.below(Math.max(items.length, 1))];
}

/** A hostile value. */
export function hostileValue(random: RandomNumbers): unknown {
  return pick(random, HOSTILE);
}

/** A value that fits a schema about as well as a careless client's does. */
export function drawValue(schema: Schema, draw: Draw, depth = 0): unknown {
  const { random, hostility } = draw;
  if (depth > MAX_DEPTH) return null;
  if (hostility > 0 && random.below(hostility) === 0) return hostileValue(random);
  if (schema.$ref !== undefined) {
    const found = draw.schemas[schema.$ref.split("/").at(-1) ?? ""];
    return found === undefined ? null : drawValue(found, { ...draw, hostility: 0 }, depth + 1);
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return drawValue(pick(random, choices) ?? {}, draw, depth + 1);
  if (schema.allOf !== undefined)
    return Object.assign({}, ...schema.allOf.map((each) => drawValue(each, draw, depth + 1)));
  if ("const" in schema) return schema.const;
  if (schema.enum !== undefined) return pick(random, schema.enum);
  const type = typeof schema.type === "string" ? schema.type : pick(random, schema.type ?? ["string"]);
  return ofType(type, schema, draw, depth);
}

function ofType(type: string | undefined, schema: Schema, draw: Draw, depth: number): unknown {
  const { random } = draw;
  switch (type) {
    case "null":
      return null;
    case "boolean":
      return random.below(2) === 0;
    case "integer":
    case "number":
      return number(schema, random, type === "integer");
    case "array":
      return Array.from({ length: random.below(3) }, () => drawValue(schema.items ?? {}, draw, depth + 1));
    case "object":
      return object(schema, draw, depth);
    default:
      return text(schema, draw);
  }
}

function object({ properties = {}, required = [] }: Schema, draw: Draw, depth: number): unknown {
  const { random, hostility } = draw;
  const made: [string, unknown][] = [];
  for (const [name, schema] of Object.entries(properties)) {
    const left = required.includes(name) ? hostility > 0 && random.below(20) === 0 : random.below(2) === 0;
    if (!left) made.push([name, drawValue(schema, draw, depth + 1)]);
  }
  if (hostility > 0 && random.below(10) === 0) made.push(["unexpected", hostileValue(random)]);
  return Object.fromEntries(made);
}

function number({ minimum = 0, maximum = 1000 }: Schema, random: RandomNumbers, whole: boolean): number {
  const drawn = minimum + (Math.min(maximum, minimum + 1000) - minimum) * (random.below(1001) / 1000);
  return whole ? Math.round(drawn) : drawn;
}

function text({ format, pattern, minLength = 0, maxLength = 40 }: Schema, { random, words }: Draw): string {
  if (format === "date-time") return new Date(random.below(2 ** 31) * 1000).toISOString();
  if (format === "uri" || format === "url") return "http://192.0.2.1:9/v2/models/m";
  // What has a form of its own is most often an id.
  if ((pattern !== undefined || random.below(4) === 0) && words.length > 0) return pick(random, words) ?? "";
  const length = Math.min(maxLength, minLength + random.below(12));
  return Array.from({ length }, () => pick(random, CHARACTERS)).join("");
}
