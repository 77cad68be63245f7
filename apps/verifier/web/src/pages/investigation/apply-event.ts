import type { Investigation, InvestigationEvent } from "../../../../src/shapes/investigations.js";

/** What an event says, put into what was known. Events may come twice, since a connection begins anew. */
export function applyEvent(before: Investigation, event: InvestigationEvent): Investigation {
  switch (event.kind) {
    case "state":
      return event.investigation;
    case "progress":
      return { ...before, step: event.step, asked: event.asked, lost: event.lost };
    case "look": {
      const others = before.looks.filter(({ probes }) => probes !== event.look.probes);
      return { ...before, looks: [...others, event.look].sort((a, b) => a.probes - b.probes) };
    }
  }
}
