/**
 * Whether a file's name ends as wanted. What is dropped passes by the browser's own filter.
 *
 * @param accept endings with commas between them, as an input takes them; none takes everything
 */
export function isAccepted(name: string, accept: string): boolean {
  const endings = accept.split(",").filter((ending) => ending !== "");
  return endings.length === 0 || endings.some((ending) => name.toLowerCase().endsWith(ending));
}
