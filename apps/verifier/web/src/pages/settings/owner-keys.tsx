import type { JSX } from "preact";
import type { OwnerKey } from "../../../../src/shapes/access.js";
import { useAction } from "../../api/use-action.js";
import { usePages } from "../../api/use-pages.js";
import { useClient, useMay } from "../../session.js";
import { ConfirmButton } from "../../ui/confirm-button.js";
import { PagedTable } from "../../ui/list-page.js";
import { ProblemNotice } from "../../ui/problem-notice.js";
import { AddOwnerKey } from "./add-owner-key.js";
import { formatNumber, formatTime } from "../../words/format.js";

export function OwnerKeysPart(): JSX.Element {
  const client = useClient();
  const isAdmin = useMay("admin");
  const pages = usePages<OwnerKey>(client, "/owner-keys");
  const { busy, error, run } = useAction();
  return (
    <>
      <section class="card">
        <p>
          Owner keys lie here sealed, and are never handed out again. A model whose key is kept out of the
          service has none here.
        </p>
        <ProblemNotice error={error} />
        <PagedTable
          pages={pages}
          caption="Owner keys in the service"
          rowKey={({ id }) => id}
          empty="There are none. They are drawn or uploaded where a model is registered, or here."
          columns={[
            { title: "Name", cell: ({ name }) => name },
            { title: "Models", numeric: true, cell: ({ models }) => formatNumber(models) },
            { title: "Since", cell: ({ created }) => formatTime(created) },
            {
              title: "Remove",
              cell: ({ id, name, models }) =>
                !isAdmin ? (
                  "for admins"
                ) : (
                  <ConfirmButton
                    label={`Remove ${name}`}
                    title={`Remove ${name}?`}
                    text={
                      models === 0
                        ? "Whoever has no copy of the key file loses the key for good."
                        : "Models are registered under it. Whoever has no copy of the key file can conclude nothing about them any more."
                    }
                    action="Remove the key"
                    busy={busy}
                    onConfirm={() =>
                      run(async () => {
                        await client.remove(`/owner-keys/${id}`);
                        pages.reload();
                      })
                    }
                  />
                ),
            },
          ]}
        />
      </section>
      {isAdmin && <AddOwnerKey onAdded={pages.reload} />}
    </>
  );
}
