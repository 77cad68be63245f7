import { type Row, row } from "../row.js";
import { CUSTOMER_IDS, ONE_CUSTOMER, TWO_CUSTOMERS } from "./plan-marked.js";
import { tracedSuspects, traceName } from "./plan-looks.js";
import type { Profile } from "./profile.js";
import type { Made } from "./results.js";

/** Which of many accounts' answers a thief was trained on. */
export async function traceRows(bench: string, profile: Profile, made: Made): Promise<Row[]> {
  const { innocents } = tracedSuspects(profile);
  const one = await made.trace(traceName(ONE_CUSTOMER));
  const two = await made.trace(traceName(TWO_CUSTOMERS));
  const [account] = CUSTOMER_IDS;
  const among = `among ${one.customers} customers, ${profile.many} probes`;
  const right = one.strongest.find(({ customer }) => customer === account);
  const accused = await Promise.all(innocents.map((name) => made.trace(traceName(name))));
  const named = accused.reduce((sum, trace) => sum + trace.named.length, 0);
  const isAsker = (id: string): boolean => CUSTOMER_IDS.some((asker) => asker === id);
  return [
    row({
      bench,
      case: `thief of one customer, ${among}`,
      metric: "log10PIdeal of the right account",
      value: right?.log10PIdeal ?? 0,
      goal: "<= -6",
    }),
    row({
      bench,
      case: `thief of one customer, ${among}`,
      metric: "wrong accounts named",
      value: one.named.filter((id) => id !== account).length,
      goal: "== 0",
    }),
    ...CUSTOMER_IDS.map((id, i) =>
      row({
        bench,
        case: `thief of two customers' pooled answers, ${among}`,
        metric: `log10PIdeal of account ${i + 1}`,
        value: two.strongest.find(({ customer }) => customer === id)?.log10PIdeal ?? 0,
      }),
    ),
    row({
      bench,
      case: `thief of two customers' pooled answers, ${among}`,
      metric: "right accounts named",
      value: two.named.filter(isAsker).length,
      unit: "of 2",
    }),
    row({
      bench,
      case: `thief of two customers' pooled answers, ${among}`,
      metric: "wrong accounts named",
      value: two.named.filter((id) => !isAsker(id)).length,
      goal: "== 0",
    }),
    row({
      bench,
      case: `${innocents.length} innocents, ${among}`,
      metric: "accounts named",
      value: named,
      goal: "== 0",
    }),
  ];
}
