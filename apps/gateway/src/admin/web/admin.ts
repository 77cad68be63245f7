import type {
  AccountsView,
  AccountView,
  AlertView,
  KeyView,
  LimitHitView,
  LogView,
  SuspicionView,
} from "../views.js";
import { accountDetail } from "./account-detail.js";
import { accountsTable } from "./accounts.js";
import { change, read, Refused } from "./api.js";
import { element, part, show } from "./elements.js";
import { alertsTable, limitsTable } from "./events.js";
import { moment, whole } from "./formats.js";
import { logsTable } from "./logs.js";
import { suspicionPlot } from "./plot.js";

/** How often the page asks for news, and how often while a log is being checked. */
const REFRESH_MS = 10_000;
const CHECKING_MS = 500;

interface Shown {
  readonly accounts: AccountsView;
  readonly alerts: readonly AlertView[];
  readonly hits: readonly LimitHitView[];
  readonly logs: readonly LogView[];
}

/** The account whose details are shown; the most suspicious one until another is chosen. */
let chosen: string | null = null;
let shown: Shown | null = null;
let timer = 0;

/** Say something to whoever sees the page, and to whoever hears it. */
function say(text: string, bad = false): void {
  const status = part("status", HTMLElement);
  status.classList.toggle("bad", bad);
  if (status.textContent !== text) status.textContent = text;
}

async function refresh(): Promise<void> {
  clearTimeout(timer);
  const before = shown;
  try {
    const search = part("search", HTMLInputElement).value.trim();
    const [accounts, { alerts }, { hits }, { logs }] = await Promise.all([
      read<AccountsView>("accounts", { search }),
      read<{ alerts: AlertView[] }>("alerts"),
      read<{ hits: LimitHitView[] }>("limits"),
      read<{ logs: LogView[] }>("logs"),
    ]);
    shown = { accounts, alerts, hits, logs };
    chosen ??= accounts.accounts[0]?.account ?? null;
    render(shown);
    await renderDetail();
    tellNews(before, shown);
  } catch (error) {
    told(error);
  }
  const checking = shown?.logs.some(({ running }) => running) === true;
  timer = setTimeout(() => void refreshIfSeen(), checking ? CHECKING_MS : REFRESH_MS);
}

async function refreshIfSeen(): Promise<void> {
  if (document.visibilityState === "visible") await refresh();
}

function told(error: unknown): void {
  // The session has ended: the login form is where the page was.
  if (error instanceof Refused && error.status === 401) location.reload();
  else say(error instanceof Error ? error.message : "The gateway cannot be reached.", true);
}

function render({ accounts, alerts, hits, logs }: Shown): void {
  const flagged = accounts.accounts.filter(({ standings }) => standings.some((each) => each.flagged)).length;
  show(
    "summary",
    tile("Accounts", accounts.total),
    tile("Flagged", flagged),
    tile("Alerts", alerts.length),
    tile("Limits hit", hits.length),
  );
  show("accounts", accountsTable(accounts, { chosen, choose: (account) => void choose(account) }));
  show("alerts", alertsTable(alerts));
  show("limits", limitsTable(hits));
  show(
    "logs",
    logsTable(logs, (name) => void checkLog(name)),
  );
}

function tile(title: string, count: number): Node {
  return element("div", {}, element("dt", {}, title), element("dd", {}, whole(count)));
}

/** What is new is said once; that nothing is new, not again every ten seconds. */
function tellNews(before: Shown | null, now: Shown): void {
  const { keysError } = now.accounts;
  if (keysError !== null) {
    say(`The file of keys is refused, and the keys of before are in force: ${keysError}.`, true);
    return;
  }
  if (before === null) {
    say(`Observed since ${moment(now.accounts.since)}, when this instance started.`);
    return;
  }
  const [latest] = now.alerts;
  if (latest !== undefined && latest.time !== before.alerts[0]?.time)
    say(`New alert: ${latest.account} was flagged for ${latest.reason}.`);
  for (const log of now.logs) {
    const was = before.logs.find(({ name }) => name === log.name);
    if (log.latest === null || log.latest.time === was?.latest?.time) continue;
    const found = { whole: "is whole", broken: "was altered", failed: "cannot be read" }[log.latest.outcome];
    say(`The query log of ${log.name} ${found}.`, log.latest.outcome !== "whole");
  }
}

async function choose(account: string): Promise<void> {
  chosen = account;
  if (shown !== null) render(shown);
  await renderDetail();
  const detail = part("detail", HTMLElement);
  detail.focus({ preventScroll: true });
  detail.scrollIntoView({ block: "nearest" });
}

async function renderDetail(): Promise<void> {
  const account = shown?.accounts.accounts.find((each) => each.account === chosen);
  const detail = part("detail", HTMLElement);
  detail.hidden = account === undefined;
  if (account === undefined) return;
  try {
    await drawDetail(account);
  } catch (error) {
    told(error);
  }
}

async function drawDetail(account: AccountView): Promise<void> {
  const view = await read<SuspicionView>("suspicion", { account: account.account });
  // Another may have been chosen meanwhile.
  if (account.account !== chosen) return;
  const alerts = shown?.alerts.filter((each) => each.account === account.account) ?? [];
  part("detail-title", HTMLElement).textContent = `Account ${account.account}`;
  const open = document.querySelector("#plot details")?.hasAttribute("open") === true;
  show("plot", suspicionPlot(view, alerts, part("plot", HTMLElement).clientWidth));
  document.querySelector("#plot details")?.toggleAttribute("open", open);
  show(
    "detail-parts",
    accountDetail(account, {
      revoke: (key) => void revoke(account.account, key),
      forgive: (model) => void forgive(account.account, model),
    }),
  );
}

async function checkLog(name: string): Promise<void> {
  say(`Checking the query log of ${name}.`);
  try {
    await change(`logs/${encodeURIComponent(name)}/check`);
  } catch (error) {
    told(error);
  }
  await refresh();
}

async function revoke(account: string, { id }: KeyView): Promise<void> {
  const agreed = await confirmed({
    title: "Revoke this key?",
    text: `Key ${id} of ${account} will open nothing any more. This cannot be undone.`,
    action: "Revoke",
  });
  if (!agreed) return;
  try {
    await change(`keys/${id}/revoke`);
    await refresh();
    say(`Key ${id} of ${account} is revoked.`);
    // Its button is gone.
    part("detail", HTMLElement).focus({ preventScroll: true });
  } catch (error) {
    told(error);
  }
}

async function forgive(account: string, model: string): Promise<void> {
  const agreed = await confirmed({
    title: "Forgive this account?",
    text: `The monitor of ${model} forgets what ${account} asked, and its flag. It is answered as any other from now on.`,
    action: "Forgive",
  });
  if (!agreed) return;
  try {
    await change(`accounts/${encodeURIComponent(account)}/forgive/${encodeURIComponent(model)}`);
    await refresh();
    say(`${account} begins anew with the monitor of ${model}.`);
    part("detail", HTMLElement).focus({ preventScroll: true });
  } catch (error) {
    told(error);
  }
}

/** Ask before something is done that cannot be undone. */
function confirmed({
  title,
  text,
  action,
}: {
  readonly title: string;
  readonly text: string;
  readonly action: string;
}): Promise<boolean> {
  const dialog = part("confirm", HTMLDialogElement);
  part("confirm-title", HTMLElement).textContent = title;
  part("confirm-text", HTMLElement).textContent = text;
  part("confirm-do", HTMLElement).textContent = action;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "confirm"), { once: true });
  });
}

let searching = 0;
part("search", HTMLInputElement).addEventListener("input", () => {
  clearTimeout(searching);
  searching = setTimeout(() => void refresh(), 200);
});
document.addEventListener("visibilitychange", () => void refreshIfSeen());
let resizing = 0;
addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(() => void renderDetail(), 150);
});
await refresh();
