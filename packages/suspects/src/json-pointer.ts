/**
 * Follow a JSON pointer (RFC 6901).
 *
 * @returns undefined where it leads nowhere; only own properties are followed
 */
export function pointer(value: unknown, path: string): unknown {
  if (path === "") return value;
  let current = value;
  for (const token of path.slice(1).split("/")) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(current)) current = /^(0|[1-9]\d*)$/.test(key) ? (current[Number(key)] as unknown) : undefined;
    else if (typeof current === "object" && current !== null && Object.hasOwn(current, key)) {
      current = (current as Record<string, unknown>)[key];
    } else return undefined;
  }
  return current;
}
