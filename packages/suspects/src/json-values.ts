/** A JSON object, or null. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** A JSON text, empty where it is none: String() would call what a hostile object has for its toString. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The objects of a list, none where it is no list. */
export function objectsOf(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(asObject).filter((each) => each !== null) : [];
}

/**
 * The numbers of lists within lists, in order: booleans count as 0 and 1, null as NaN. A single number is a list of one.
 *
 * @returns null where there is anything else among them
 */
export function flatNumbers(value: unknown): number[] | null {
  const numbers: number[] = [];
  return eachLeaf(value, (leaf) => {
    const number = leaf === null ? Number.NaN : typeof leaf === "boolean" ? Number(leaf) : leaf;
    if (typeof number !== "number") return false;
    numbers.push(number);
    return true;
  })
    ? numbers
    : null;
}

/** The same for text. */
export function flatStrings(value: unknown): string[] | null {
  const strings: string[] = [];
  return eachLeaf(value, (leaf) => typeof leaf === "string" && strings.push(leaf) > 0) ? strings : null;
}

/** Depth is bounded, since everything here came through `parseJson`. */
function eachLeaf(value: unknown, visit: (leaf: unknown) => boolean): boolean {
  return Array.isArray(value) ? value.every((part) => eachLeaf(part, visit)) : visit(value);
}
