/** Whether a text is a JSON pointer: empty, or tokens after slashes, in which ~ only begins ~0 and ~1 (RFC 6901, section 3). */
export function isJsonPointer(text: string): boolean {
  return /^(\/([^~/]|~[01])*)*$/.test(text);
}

/**
 * Follow a JSON pointer (RFC 6901, section 4).
 *
 * @returns undefined where it leads nowhere; only own properties are followed
 */
export function follow(value: unknown, pointer: string): unknown {
  if (pointer === "") return value;
  let current = value;
  for (const token of pointer.slice(1).split("/")) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(current)) {
      current = /^(0|[1-9]\d{0,15})$/.test(key) ? (current[Number(key)] as unknown) : undefined;
    } else if (typeof current === "object" && current !== null && Object.hasOwn(current, key)) {
      current = (current as Record<string, unknown>)[key];
    } else return undefined;
  }
  return current;
}
