/**
 * Text that only prints: names in hostile files may hold terminal escapes and characters that turn the reading
 * direction, which are shown as `\u001b` and the like. Line breaks and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, (character) =>
    character === "\n" || character === "\t"
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
