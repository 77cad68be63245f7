/**
 * JSON text of a plain value (objects, lists, texts, numbers, booleans, null), in which bigint stands as the number it
 * is: 64-bit integers arrive whole where the other side can read them.
 */
export function jsonText(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(
      ([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`,
    );
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value);
}
