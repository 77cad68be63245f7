import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { AuditCheck, AuditEntry } from "../../../../src/shapes/access.js";
import { useAction } from "../../api/use-action.js";
import { usePages } from "../../api/use-pages.js";
import { useClient } from "../../session.js";
import { PagedTable } from "../../ui/list-page.js";
import { ProblemNotice } from "../../ui/problem-notice.js";
import { counted, formatInstant } from "../../words/format.js";

export function AuditPart(): JSX.Element {
  const client = useClient();
  const pages = usePages<AuditEntry>(client, "/audit");
  const { busy, error, run } = useAction();
  const [check, setCheck] = useState<AuditCheck | null>(null);
  return (
    <section class="card">
      <p>
        Whatever is done here is taken down in a chain, in which nothing can be altered without breaking it.
      </p>
      <div class="actions">
        <button
          type="button"
          class="secondary"
          aria-busy={busy}
          onClick={() => run(async () => setCheck(await client.get<AuditCheck>("/audit/check")))}
        >
          Check the chain
        </button>
      </div>
      <ProblemNotice error={error} />
      <div role="status">{check !== null && <CheckResult check={check} />}</div>
      <PagedTable
        pages={pages}
        caption="Audit log"
        rowKey={({ sequence }) => sequence}
        empty="Nothing was done yet."
        columns={[
          { title: "Number", cell: ({ sequence }) => sequence },
          { title: "Time", cell: ({ time }) => formatInstant(time) },
          {
            title: "Who",
            cell: ({ actor, address }) => (address === null ? actor : `${actor} (${address})`),
          },
          { title: "What", cell: ({ action }) => <code>{action}</code> },
          { title: "To", cell: ({ object }) => (object === null ? "" : <code>{object}</code>) },
          {
            title: "Detail",
            cell: ({ detail }) =>
              Object.keys(detail).length === 0 ? "" : <code>{JSON.stringify(detail)}</code>,
          },
        ]}
      />
    </section>
  );
}

function CheckResult({
  check: { intact, entries, head, brokenAt },
}: {
  readonly check: AuditCheck;
}): JSX.Element {
  return (
    <div class={intact ? "notice good" : "notice bad"}>
      <p>
        <strong>
          {intact
            ? `The log is whole: ${counted(entries, "entry", "entries")}, each linked to the one before.`
            : `The log was altered${brokenAt === null ? "" : `: entry ${brokenAt} does not fit the one before`}.`}
        </strong>
      </p>
      <p>
        Newest hash: <code>{head}</code>. Note it elsewhere, and a shortened log is noticed too.
      </p>
    </div>
  );
}
