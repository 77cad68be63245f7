import type { BenchOptions } from "../bench.js";
import { type Row, row } from "../row.js";
import { addressForms, FOREIGN, RESOLVED } from "./guard-forms.js";
import { type Attempt, attempt, openCanary, openRedirector } from "./guard-world.js";

/** Redirects on the way to a private address; the guard follows three. */
const HOPS = [0, 1, 2] as const;
/** Loopback, where a name of the private forms is not what is tried. */
const HERE = ["127.0.0.1"];
/** A private address, or a redirect that leads to none: full-width digits are no address once a header has carried them. */
const REFUSED: readonly string[] = ["SUSPECT_ADDRESS", "SUSPECT_REDIRECT"];

/** One thing that is tried, and where it leads. */
interface Trial {
  readonly name: string;
  readonly url: string;
  readonly resolved: readonly string[];
  /** Where public.test redirects to, where that is what is asked. */
  readonly location?: string;
}

/**
 * Whether the outgoing guard can be led to hosts that are none of a suspect's: every form of address, names that resolve to
 * them, and redirects, by HTTP/1.1 and HTTP/2, while a canary listens on all addresses of this machine.
 */
export async function guardRows(bench: string, { say }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const http2 of [false, true]) {
    const canary = await openCanary();
    const redirector = await openRedirector(http2);
    try {
      const version = http2 ? "HTTP/2" : "HTTP/1.1";
      const trials = trialsAt(canary.port);
      const through = await letThrough(trials, { http2, canary, redirector });
      for (const { name, said } of through) say(`guard, ${version}: ${name}: ${said}`);
      const common = { bench, case: `guard by ${version}, ${trials.length} ways to a private host` };
      rows.push(
        row({
          ...common,
          metric: "blocked",
          value: (trials.length - through.length) / trials.length,
          goal: "== 1",
        }),
        row({
          ...common,
          metric: "connections that reached a canary",
          value: canary.connections,
          goal: "== 0",
        }),
        row({
          ...common,
          metric: "ways to this machine that reach the canary without the guard",
          value: await reaching({ http2, canary, redirector }),
          goal: "== 1",
        }),
      );
    } finally {
      redirector.close();
      canary.close();
    }
  }
  return rows;
}

/** Every form asked for, every form redirected to, names that resolve to private addresses, and what is no address. */
function trialsAt(port: number): Trial[] {
  const forms = addressForms().map(({ kind, host }) => ({
    name: `${kind}: ${host}`,
    url: `http://${host}:${port}/`,
  }));
  const names = RESOLVED.map((resolved) => ({
    name: `a name that resolves to ${resolved.join(" and ")}`,
    url: `http://rebind.test:${port}/`,
    resolved,
  }));
  const foreign = FOREIGN.map((url) => ({ name: url, url }));
  const direct = [...forms, ...names, ...foreign].map((each) => ({ resolved: HERE, ...each }));
  const redirected = HOPS.flatMap((hops) =>
    direct.map(({ name, url, resolved }) => ({
      name: `${hops + 1} redirects to ${name}`,
      url: `http://public.test/${hops}`,
      resolved,
      location: url,
    })),
  );
  return [...direct, ...redirected];
}

type World = Pick<Attempt, "http2" | "canary" | "redirector">;

/** Those that were not refused as private, and how each ended. */
async function letThrough(trials: readonly Trial[], world: World): Promise<{ name: string; said: string }[]> {
  const through: { name: string; said: string }[] = [];
  for (const { name, url, resolved, location } of trials) {
    if (location !== undefined) world.redirector.leadTo(location);
    const before = world.canary.connections;
    const said = await attempt({ url, resolved, allowPrivate: false, ...world });
    if (!REFUSED.includes(said) || world.canary.connections > before) through.push({ name, said });
  }
  return through;
}

/**
 * Of the forms that lead to this machine, and as many redirects as are followed, the part that does so where private
 * addresses are allowed: else nothing was shown.
 */
async function reaching(world: World): Promise<number> {
  const { canary, redirector } = world;
  // To another port of the host: to other hosts nobody is led whose private addresses are allowed.
  redirector.leadTo(`http://public.test:${canary.port}/`);
  const local = addressForms().filter((form) => form.local);
  const urls = [
    ...local.map(({ host }) => `http://${host}:${canary.port}/`),
    ...HOPS.map((hops) => `http://public.test/${hops}`),
  ];
  let reached = 0;
  for (const url of urls) {
    const before = canary.connections;
    await attempt({ url, resolved: HERE, allowPrivate: true, ...world });
    if (canary.connections > before) reached++;
  }
  return reached / urls.length;
}
