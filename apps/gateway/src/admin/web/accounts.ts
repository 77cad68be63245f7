import type { AccountsView, AccountView, BudgetView } from "../views.js";
import { element, svg } from "./elements.js";
import { amount, fine, timeElement, whole } from "./formats.js";
import { type Column, none, table } from "./tables.js";

/** Suspicion from which on an account is worth a look, though it is not flagged. */
const WATCH = 0.5;
const GAUGE = { width: 64, height: 8 };

/** The table of accounts. @param options.choose called with the account that is to be shown */
export function accountsTable(
  { accounts, total, budgetsError }: AccountsView,
  { chosen, choose }: { readonly chosen: string | null; readonly choose: (account: string) => void },
): Node {
  if (accounts.length === 0) return none("No account matches.");
  const columns: Column<AccountView>[] = [
    { title: "Account", header: true, cell: (row) => accountName(row, choose) },
    { title: "Suspicion", cell: (row) => suspicionCell(row) },
    { title: "Requests", number: true, cell: ({ requests }) => whole(requests) },
    { title: "Rows", number: true, cell: ({ rows }) => whole(rows) },
    { title: "Refused", number: true, cell: ({ refused }) => whole(refused) },
    { title: "Least left", number: true, cell: ({ budgets }) => informationLeft(budgets) },
    { title: "Last seen", cell: ({ lastSeen }) => timeElement(lastSeen) },
  ];
  const listed = table(
    "Accounts, most suspicious first",
    columns,
    accounts,
    ({ account }) => account === chosen,
  );
  const notes = [
    total > accounts.length ? `The first ${accounts.length} of ${total}; search for others.` : "",
    budgetsError === null ? "" : `What is left is not known: ${budgetsError}.`,
  ].filter((text) => text !== "");
  return element("div", {}, listed, ...notes.map((text) => element("p", { class: "note" }, text)));
}

function accountName({ account, organisation, keys }: AccountView, choose: (account: string) => void): Node {
  const button = element("button", { type: "button", class: "link", id: `account ${account}` }, account);
  button.addEventListener("click", () => choose(account));
  const live = keys.filter((key) => key.live).length;
  const about = [organisation ?? "", keys.length === 0 ? "" : `${live} live key${live === 1 ? "" : "s"}`];
  return element(
    "span",
    {},
    button,
    element("span", { class: "sub" }, about.filter((text) => text !== "").join(" · ")),
  );
}

/** A gauge, a number and a word: colour alone says nothing to many. */
export function suspicionCell({ suspicion, standings }: Pick<AccountView, "suspicion" | "standings">): Node {
  if (suspicion === null) return element("span", { class: "badge plain" }, "not watched");
  const flagged = standings.some((each) => each.flagged);
  const [kind, word] = flagged
    ? ["bad", "flagged"]
    : suspicion >= WATCH
      ? ["watch", "watch"]
      : ["good", "usual"];
  const fill = kind === "good" ? "usual" : kind;
  const gauge = svg(
    "svg",
    { class: "gauge", ...GAUGE, "aria-hidden": "true" },
    svg("rect", { class: "track", ...GAUGE, rx: 4 }),
    svg("rect", { class: fill, ...GAUGE, width: Math.max(2, GAUGE.width * suspicion), rx: 4 }),
  );
  return element(
    "span",
    { class: "nowrap" },
    gauge,
    `${fine(suspicion)} `,
    element("span", { class: `badge ${kind}` }, word),
  );
}

/** The limit that will be used up first. */
function informationLeft(budgets: readonly BudgetView[]): Node | string {
  const [tightest] = [...budgets].sort((a, b) => a.left / a.most - b.left / b.most);
  if (tightest === undefined) return "no limit";
  const { left, most, count } = tightest;
  return element(
    "span",
    {},
    amount(left, count),
    element(
      "span",
      { class: "sub" },
      `${whole(Math.floor((100 * left) / most))} % of ${amount(most, count)}`,
    ),
  );
}
