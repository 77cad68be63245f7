import type { AccountView, KeyView } from "../views.js";
import { element } from "./elements.js";
import { amount, fine, span, timeElement, whole } from "./formats.js";
import { none, table } from "./tables.js";

/** What is done about an account: a key of it revoked, or the monitor of a model made to forget it. */
interface AccountActions {
  readonly revoke: (key: KeyView) => void;
  readonly forgive: (model: string) => void;
}

/** Everything about one account but its plot. */
export function accountDetail(account: AccountView, { revoke, forgive }: AccountActions): Node {
  const { standings, budgets, keys } = account;
  return element(
    "div",
    {},
    element("h3", {}, "With the monitor"),
    standings.length === 0
      ? none("No monitor has seen this account.")
      : table(
          "How the account stands with the monitor of each model",
          [
            { title: "Model", header: true, cell: ({ model }) => model },
            { title: "Suspicion", number: true, cell: ({ suspicion }) => fine(suspicion) },
            { title: "Score / threshold", number: true, cell: ({ score }) => fine(score) },
            {
              title: "Honest as far",
              number: true,
              cell: ({ honestShare }) => `${fine(100 * honestShare)} %`,
            },
            { title: "Queries", number: true, cell: ({ seen }) => whole(seen) },
            {
              title: "Action",
              cell: ({ model, suspicion }) =>
                suspicion > 0
                  ? quietButton(`forgive ${model}`, "Forgive", `Forgive at the monitor of ${model}`, () =>
                      forgive(model),
                    )
                  : "–",
            },
          ],
          standings,
        ),
    element("h3", {}, "What is left"),
    budgets.length === 0
      ? none("No limit is configured.")
      : table(
          "What is left of each limit",
          [
            { title: "Counted per", header: true, cell: ({ per }) => per },
            { title: "Model", cell: ({ model }) => model ?? "all" },
            { title: "Window", cell: ({ seconds }) => span(seconds) },
            { title: "Taken", number: true, cell: ({ spent, count }) => amount(spent, count) },
            { title: "Left", number: true, cell: ({ left, count }) => amount(left, count) },
          ],
          budgets,
        ),
    element("h3", {}, "Keys"),
    keys.length === 0
      ? none("No key of the file of keys: a token or a certificate shows who asks.")
      : keyTable(keys, revoke),
  );
}

function keyTable(keys: readonly KeyView[], revoke: (key: KeyView) => void): Node {
  return table(
    "Keys of the account",
    [
      { title: "Key", header: true, cell: ({ id }) => element("code", {}, id) },
      { title: "Scopes", cell: ({ scopes }) => element("code", {}, scopes.join(" ")) },
      { title: "Added", cell: ({ added }) => timeElement(added) },
      { title: "Expires", cell: ({ expires }) => (expires === null ? "never" : timeElement(expires)) },
      { title: "State", cell: (key) => stateOf(key) },
      { title: "Action", cell: (key) => (key.revoked === null ? revokeButton(key, revoke) : "–") },
    ],
    keys,
  );
}

function stateOf({ live, revoked }: KeyView): Node {
  if (live) return element("span", { class: "badge good" }, "live");
  return element("span", { class: "badge plain" }, revoked === null ? "expired" : "revoked");
}

function revokeButton(key: KeyView, revoke: (key: KeyView) => void): Node {
  return quietButton(`revoke ${key.id}`, "Revoke", `Revoke key ${key.id}`, () => revoke(key));
}

function quietButton(id: string, text: string, label: string, pressed: () => void): Node {
  const button = element("button", { type: "button", class: "quiet", id, "aria-label": label }, text);
  button.addEventListener("click", pressed);
  return button;
}
