/** What may be told of an error: its code and words, and where it comes from. */
export function toldError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack } = error;
  return { name, message, ...("code" in error ? { code: error.code } : {}), stack };
}

/** What may be told of an error whose code and hint say all there is to do: no stack. */
export function plainError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = "code" in error ? { code: error.code } : {};
  const hint = "hint" in error ? { hint: error.hint } : {};
  return { ...code, message: error.message, ...hint };
}
