/** Longest name that is kept: what a screen shows in a line or two. */
const MAX_NAME = 120;
const NAMELESS = "upload";
/** What changes how the letters around it are read (Unicode Standard Annex 9, section 2), and what shows nothing. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A name to be shown, out of one that a stranger gave. No file is ever named by it. */
export function uploadName(given: string): string {
  const last = given.split(/[/\\]/).at(-1) ?? "";
  const shown = last.replaceAll(UNSEEN, "").normalize("NFC").trim();
  return Array.from(shown).slice(0, MAX_NAME).join("") || NAMELESS;
}

/** The file name in a Content-Disposition (RFC 6266, section 4.1; RFC 8187, section 3.2 for `filename*`), or null. */
export function dispositionName(header: string | undefined): string | null {
  if (header === undefined) return null;
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(header)?.[1];
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended);
    } catch {
      return null;
    }
  }
  const quoted = /;\s*filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(header)?.[1];
  if (quoted !== undefined) return quoted.replaceAll(/\\(.)/g, "$1");
  return /;\s*filename\s*=\s*([^;"\s]+)/i.exec(header)?.[1] ?? null;
}
