/** Errors of every package carry a code and a hint. */
export function describeError(error: unknown): { code: string; message: string; hint: string } {
  if (!(error instanceof Error)) return { code: "FAULT", message: String(error), hint: "Report it." };
  const { code, hint } = error as { code?: unknown; hint?: unknown };
  return {
    code: typeof code === "string" ? code : "FAULT",
    message: error.message,
    hint: typeof hint === "string" ? hint : (error.stack ?? ""),
  };
}
