import { useEffect, useState } from "preact/hooks";
import type { Investigation } from "../../../../src/shapes/investigations.js";
import { type Connection, follow } from "../../api/follow.js";
import { type Loaded, useLoaded } from "../../api/use-loaded.js";
import { useClient } from "../../session.js";
import { applyEvent } from "./apply-event.js";

export interface LiveInvestigation extends Loaded<Investigation> {
  readonly connection: Connection | null;
}

const ENDED: readonly Investigation["state"][] = ["concluded", "failed", "cancelled"];

/** An investigation, and what happens to it while it is looked at. */
export function useInvestigation(id: string): LiveInvestigation {
  const client = useClient();
  const loaded = useLoaded(id, (signal) => client.get<Investigation>(`/investigations/${id}`, signal));
  const [live, setLive] = useState<Investigation | null>(null);
  const [connection, setConnection] = useState<Connection | null>(null);
  useEffect(() => setLive(loaded.value), [loaded.value]);
  const ended = live === null || live.id !== id || ENDED.includes(live.state);
  useEffect(() => {
    if (ended) {
      setConnection(null);
      return undefined;
    }
    const controller = new AbortController();
    void follow({
      client,
      investigation: id,
      onEvent: (event) => setLive((before) => (before === null ? null : applyEvent(before, event))),
      onConnection: setConnection,
      signal: controller.signal,
    });
    return () => controller.abort();
  }, [client, id, ended]);
  return { ...loaded, value: live, connection };
}
