import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { ExchangeRow, Investigation } from "../../../../src/shapes/investigations.js";
import { usePages } from "../../api/use-pages.js";
import { useClient } from "../../session.js";
import { PagedTable } from "../../ui/list-page.js";
import { counted, formatInstant } from "../../words/format.js";

/** Rows of a page of the table; each unfolds into a long one. */
const PAGE_ROWS = 20;

/** Every question and its answer, as the sealed transcript has them. */
export function Exchanges({ investigation }: { readonly investigation: Investigation }): JSX.Element {
  const { id, state, looks } = investigation;
  const pages = usePages<ExchangeRow>(useClient(), `/investigations/${id}/exchanges?limit=${PAGE_ROWS}`);
  const { reload } = pages;
  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current) reload();
    isFirst.current = false;
  }, [state, looks.length, reload]);
  return (
    <section class="card">
      <h2>Questions and answers</h2>
      <p class="help">Secrets are taken out here. The whole record is in the evidence.</p>
      <PagedTable
        pages={pages}
        caption="Questions and answers, in the order in which they were asked"
        hideCaption
        rowKey={({ line }) => line}
        empty="Nothing was asked yet."
        columns={[
          { title: "Line", cell: ({ line }) => line },
          { title: "Time", cell: ({ time }) => formatInstant(time) },
          {
            title: "Asked",
            cell: ({ probes, request }) => (
              <details>
                <summary>{probes.length === 0 ? "about itself" : counted(probes.length, "input")}</summary>
                <pre>{request}</pre>
              </details>
            ),
          },
          {
            title: "Outcome",
            cell: ({ status, lost, answer }) =>
              lost === null ? (
                <details>
                  <summary>{status === null ? "answered" : `status ${status}`}</summary>
                  <pre>{answer}</pre>
                </details>
              ) : (
                `without an answer: ${lost}`
              ),
          },
        ]}
      />
      <button type="button" class="plain" onClick={pages.reload}>
        Load again
      </button>
    </section>
  );
}
