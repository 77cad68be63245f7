import { element } from "./elements.js";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Node | string;
  /** Numbers stand under one another. */
  readonly number?: boolean;
  /** Whether it says what the row is about. */
  readonly header?: boolean;
  /** Whether it takes the whole width where rows are cards. */
  readonly wide?: boolean;
}

/**
 * A table. Roles are said again, since browsers forget them where a narrow screen shows rows as cards.
 *
 * @param name for whoever does not see the heading above
 * @param current whether a row is the one that is shown elsewhere
 */
export function table<Row>(
  name: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  current: (row: Row) => boolean = () => false,
): HTMLElement {
  const heads = columns.map(({ title, number = false }) =>
    element("th", { scope: "col", role: "columnheader", class: number ? "number" : false }, title),
  );
  const body = rows.map((row) =>
    element(
      "tr",
      { role: "row", "aria-current": current(row) ? "true" : false },
      ...columns.map((column) => cell(column, row)),
    ),
  );
  return element(
    "table",
    { role: "table", "aria-label": name },
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads)),
    element("tbody", { role: "rowgroup" }, ...body),
  );
}

function cell<Row>(column: Column<Row>, row: Row): HTMLElement {
  const { title, number = false, header = false, wide = false } = column;
  const classes = [number ? "number" : "", wide ? "wide" : ""].join(" ").trim();
  // One child, so that label and content stay side by side in a card.
  const content = element("span", {}, column.cell(row));
  const named = { class: classes === "" ? false : classes, "data-label": title };
  return header
    ? element("th", { ...named, scope: "row", role: "rowheader" }, content)
    : element("td", { ...named, role: "cell" }, content);
}

/** Said where a table would have no rows. */
export function none(text: string): HTMLElement {
  return element("p", { class: "none" }, text);
}
