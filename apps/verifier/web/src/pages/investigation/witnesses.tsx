import type { JSX } from "preact";
import type { Findings } from "../../../../src/shapes/investigations.js";
import { Table } from "../../ui/table.js";
import { formatNumber, oddsOf } from "../../words/format.js";

type Witness = Findings["witnesses"][number];

const MARKS: Readonly<Record<Witness["mark"], string>> = {
  weights: "Weights",
  readout: "Answers",
  logged: "Logged queries",
};

/** Every statistic that was tried, and what each paid for having been tried. None is surer than what is certified. */
export function Witnesses({ findings }: { readonly findings: Findings }): JSX.Element {
  const { witnesses, log10P: certified } = findings;
  const named = [...witnesses].sort((a, b) => a.log10P - b.log10P);
  const best = named[0];
  return (
    <section class="card">
      <Table
        caption="What was measured, strongest first"
        rows={named}
        rowKey={({ mark, access, statistic }) => `${mark} ${access} ${statistic}`}
        empty="Nothing was measured."
        columns={[
          { title: "Statistic", cell: ({ statistic }) => statistic },
          { title: "Mark in", cell: ({ mark }) => MARKS[mark] },
          { title: "Seen in", cell: ({ access }) => access },
          { title: "T", numeric: true, cell: ({ T }) => T.toFixed(2) },
          { title: "Chance", numeric: true, cell: ({ log10P }) => oddsOf(Math.max(log10P, certified)) },
          { title: "Answers", numeric: true, cell: ({ probes }) => formatNumber(probes) },
          {
            title: "Text in the mark",
            cell: ({ payload }) =>
              payload === null
                ? "none"
                : `${payload.text ?? "not readable"} (${payload.bitErrors} of ${payload.bits} bits wrong)`,
          },
        ]}
      />
      {best !== undefined && (
        <details>
          <summary>Corrections that the strongest one paid</summary>
          <Table
            caption="Whatever was tried beside it makes a finding less surprising, and is paid for"
            rows={best.corrections}
            rowKey={({ name }) => name}
            empty="None."
            columns={[
              { title: "For", cell: ({ name }) => name },
              {
                title: "Makes chance likelier by a factor of",
                numeric: true,
                cell: ({ lnFactor }) => factorText(lnFactor),
              },
            ]}
          />
        </details>
      )}
    </section>
  );
}

function factorText(lnFactor: number): string {
  return lnFactor < 14
    ? formatNumber(Math.round(Math.exp(lnFactor) * 100) / 100)
    : `10^${(lnFactor / Math.LN10).toFixed(1)}`;
}
