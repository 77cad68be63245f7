import type { JSX } from "preact";
import type { Investigation } from "../../../src/shapes/investigations.js";
import { Badge } from "../ui/badge.js";
import { type Column, Table } from "../ui/table.js";
import { formatNumber, formatTime, oddsOf } from "../words/format.js";
import { STATES, VERDICTS } from "../words/states.js";

export const INVESTIGATION_COLUMNS: readonly Column<Investigation>[] = [
  { title: "Investigation", cell: ({ id, name }) => <a href={`/investigations/${id}`}>{name}</a> },
  { title: "State", cell: ({ state }) => <Badge wording={STATES[state]} /> },
  {
    title: "Verdict",
    cell: ({ verdict }) => (verdict === null ? "none yet" : <Badge wording={VERDICTS[verdict]} />),
  },
  {
    title: "Chance",
    numeric: true,
    cell: ({ log10P }) => (log10P === null ? "none yet" : oddsOf(log10P)),
  },
  { title: "Asked", numeric: true, cell: ({ asked }) => formatNumber(asked) },
  { title: "Made", cell: ({ created }) => formatTime(created) },
];

export function InvestigationTable({
  caption,
  items,
}: {
  readonly caption: string;
  readonly items: readonly Investigation[];
}): JSX.Element {
  return (
    <Table
      caption={caption}
      columns={INVESTIGATION_COLUMNS}
      rows={items}
      rowKey={({ id }) => id}
      empty="There are none yet."
    />
  );
}
