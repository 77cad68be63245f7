import type { JSX } from "preact";
import type { Pages } from "../api/use-pages.js";
import { ProblemNotice } from "./problem-notice.js";
import { type Column, Table } from "./table.js";
import { Waiting } from "./waiting.js";

/** A list of the service's as a table, with a button for what follows. */
export function PagedTable<Item>({
  pages,
  ...table
}: {
  readonly pages: Pages<Item>;
  readonly caption: string;
  readonly hideCaption?: boolean;
  readonly columns: readonly Column<Item>[];
  readonly rowKey: (row: Item) => string | number;
  readonly empty: string;
}): JSX.Element {
  const { first } = pages;
  if (first.error !== null && first.value === null)
    return <ProblemNotice error={first.error} onRetry={first.reload} />;
  if (first.value === null) return <Waiting />;
  return (
    <>
      <ProblemNotice error={first.error} />
      <Table {...table} rows={pages.items} />
      <ProblemNotice error={pages.moreError} />
      {pages.hasMore && (
        <button type="button" class="secondary" aria-busy={pages.loadingMore} onClick={pages.more}>
          Show more
        </button>
      )}
    </>
  );
}
