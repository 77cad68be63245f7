/** Bytes that a Content-Length promises, or null where it promises nothing. */
export function declaredLength(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : null;
}
