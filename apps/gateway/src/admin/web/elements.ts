type Attributes = Readonly<Record<string, string | number | boolean>>;
type Child = Node | string | null;

const SVG = "http://www.w3.org/2000/svg";

/** An element; a child that is null is left out. Texts stay texts whatever is in them. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  fill(made, attributes, children);
  return made;
}

/** The same in SVG. */
export function svg(name: string, attributes: Attributes, ...children: readonly Child[]): SVGElement {
  const made = document.createElementNS(SVG, name);
  fill(made, attributes, children);
  return made;
}

/** @param attributes false leaves one out, true gives it without a value */
function fill(made: Element, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes))
    if (value !== false) made.setAttribute(name, value === true ? "" : String(value));
  for (const child of children) if (child !== null) made.append(child);
}

/** An element of the page as it was served. @throws TypeError where there is none of that kind */
export function part<Kind extends Element>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new TypeError(`the page has no ${id}`);
}

/** Show something else in a place, and keep the focus where it is there again. */
export function show(id: string, ...children: readonly Child[]): void {
  const focused = document.activeElement?.id ?? "";
  const place = part(id, HTMLElement);
  const held = place.contains(document.activeElement);
  place.replaceChildren(...children.filter((child) => child !== null));
  if (held && focused !== "") document.getElementById(focused)?.focus({ preventScroll: true });
}
