import type { Hono } from "hono";

/** Middleware is registered under every method. */
const ANY = "ALL";

/** The methods that an app answers at a path; none where there is nothing. A GET may be asked as HEAD (RFC 9110, 9.3.2). */
export function methodsAt(app: Pick<Hono, "routes">, path: string): readonly string[] {
  const segments = path.split("/");
  const methods = new Set<string>();
  for (const route of app.routes)
    if (route.method !== ANY && matches(route.path.split("/"), segments)) methods.add(route.method);
  if (methods.has("GET")) methods.add("HEAD");
  return [...methods].sort();
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, i) => (part.startsWith(":") ? segments[i] !== "" : part === segments[i]))
  );
}
