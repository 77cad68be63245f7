/** Settings as somebody typed them; a text says what is wrong with them. */
export function readSettings(text: string): Readonly<Record<string, unknown>> | string {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
    return "The settings are no JSON object: they begin with { and end with }.";
  } catch (error) {
    return `This is no JSON: ${error instanceof Error ? error.message : "it cannot be read"}`;
  }
}

/** A line `Name: value` of each secret header; a text says what is wrong with them. */
export function readHeaders(text: string): Readonly<Record<string, string>> | string {
  const headers: Record<string, string> = {};
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).trim();
    const value = line.slice(colon + 1).trim();
    // Field names as RFC 9110 has them, section 5.1.
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || value === "")
      return "Write each header as Name: value, one a line.";
    headers[name] = value;
  }
  return headers;
}
