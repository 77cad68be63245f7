import type { ComponentChildren, JSX } from "preact";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  readonly numeric?: boolean;
}

/** A table with a caption; its first column names the row. On narrow screens every row becomes a card. */
export function Table<Row>({
  caption,
  hideCaption = false,
  columns,
  rows,
  rowKey,
  empty,
}: {
  readonly caption: string;
  readonly hideCaption?: boolean;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string | number;
  readonly empty: string;
}): JSX.Element {
  if (rows.length === 0) return <p class="empty">{empty}</p>;
  return (
    <table class="cards">
      <caption class={hideCaption ? "unseen" : ""}>{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ title, numeric = false }) => (
            <th key={title} scope="col" class={numeric ? "number" : ""}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map(({ title, cell, numeric = false }, index) =>
              index === 0 ? (
                <th key={title} scope="row">
                  {cell(row)}
                </th>
              ) : (
                <td key={title} data-title={title} class={numeric ? "number" : ""}>
                  <div>{cell(row)}</div>
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
