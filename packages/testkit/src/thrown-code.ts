/**
 * The `code` of what an action throws or rejects with, for tests that assert codes rather than prose.
 *
 * @returns null where nothing was thrown, the error's message where it has no code
 */
export async function thrownCode(action: () => unknown): Promise<string | null> {
  try {
    await action();
    return null;
  } catch (error) {
    if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
    return error instanceof Error ? error.message : String(error);
  }
}
