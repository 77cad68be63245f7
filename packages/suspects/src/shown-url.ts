/** Parameters of an address whose values are left out wherever it is shown or recorded: no fewer than records leave out. */
const SECRET_PARAMETER = /key|token|secret|sig|pass|pwd|auth|bearer|jwt|cred|code|cookie|session|csrf|xsrf/i;
const LEFT_OUT = "...";

/**
 * An address without the values of parameters that look secret: evidence goes to strangers, and many services take their
 * credentials in the query.
 */
export function shownUrl(address: URL): string {
  const url = new URL(address);
  for (const name of new Set(url.searchParams.keys()))
    if (SECRET_PARAMETER.test(name)) url.searchParams.set(name, LEFT_OUT);
  return url.href;
}
