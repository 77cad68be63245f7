/** What stands where a secret was. */
export const REDACTED = "redacted";

/** Words that make the name of a header or of a query parameter the name of a secret. */
const SECRET_WORDS: ReadonlySet<string> = new Set([
  "apikey",
  "auth",
  "authorization",
  "bearer",
  "cookie",
  "credential",
  "credentials",
  "csrf",
  "jwt",
  "key",
  "passwd",
  "password",
  "pwd",
  "secret",
  "session",
  "sessionid",
  "sig",
  "signature",
  "token",
  "xsrf",
]);

/** Endings of names that run words together, such as "accesstoken". */
const SECRET_ENDINGS: readonly string[] = ["apikey", "accesskey", "secretkey", "password", "secret", "token"];

/** Headers that hold a URL, whose secrets are taken out like those of the request's own. */
const URL_HEADERS: ReadonlySet<string> = new Set(["content-location", "location", "origin", "referer"]);

/** Whether a header or query parameter of this name holds a secret: Authorization, X-Api-Key, access_token, ... */
export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.some(
    (word) => SECRET_WORDS.has(word) || SECRET_ENDINGS.some((ending) => word.endsWith(ending)),
  );
}

/** Headers with lower-case names, and every secret replaced. */
export function redactHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]): [string, string] => {
    const lower = name.toLowerCase();
    if (isSecretName(name)) return [lower, REDACTED];
    return [lower, URL_HEADERS.has(lower) ? redactUrl(value) : wellFormed(value)];
  });
  return Object.fromEntries(entries);
}

/**
 * A URL without credentials, without its fragment (which is never sent), and with the values of secret query parameters
 * replaced. All else stays as it was spelled. A secret in the path cannot be told from a path.
 */
export function redactUrl(url: string): string {
  const [beforeFragment = ""] = url.split("#", 1);
  const question = beforeFragment.indexOf("?");
  const location = question === -1 ? beforeFragment : beforeFragment.slice(0, question);
  const query = question === -1 ? "" : `?${redactQuery(beforeFragment.slice(question + 1))}`;
  return redactText(location) + wellFormed(query);
}

/** Free text, such as a reason, with the credentials of every URL in it replaced. */
export function redactText(text: string): string {
  // Greedy up to the last @ before the path: a password may itself hold an @.
  return wellFormed(text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi, `$1${REDACTED}@`));
}

/** JSON cannot hold half of a surrogate pair. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, "\u{FFFD}");
}

function redactQuery(query: string): string {
  return query
    .split("&")
    .map((pair) => {
      const equals = pair.indexOf("=");
      if (equals === -1 || !isSecretName(decoded(pair.slice(0, equals)))) return pair;
      return `${pair.slice(0, equals + 1)}${REDACTED}`;
    })
    .join("&");
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll("+", " "));
  } catch {
    return name;
  }
}
