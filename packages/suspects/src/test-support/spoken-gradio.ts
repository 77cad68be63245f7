import type { Spoken } from "./lab.js";

const CLASSES = ["a", "b", "c", "d"] as const;
const JSON_TYPE = { "content-type": "application/json" } as const;
const EVENTS = { "content-type": "text/event-stream; charset=utf-8" } as const;

/**
 * Gradio: three numbers in, a label out. By `call` as Gradio 6.15 does it, which takes requests and gives answers as events;
 * by `run` as version 3 did, which answers at once. Forms as seen of gradio 6.15.1 from PyPI.
 */
export function spokenGradio(route: "call" | "run"): Spoken {
  const later = route === "call";
  const prefix = later ? "/gradio_api" : "";
  const taken = new Map<string, Buffer>();
  return {
    name: `gradio, ${route}`,
    options: { protocol: "gradio", model: "classify", config: null, settings: { classes: CLASSES } },
    maxRows: 1,
    keepsBack: true,
    page: (path) => {
      if (path === "/config")
        return later ? { version: "6.15.1", api_prefix: prefix } : { version: "3.50.2" };
      return path === `${prefix}/info` ? gradioInfo() : null;
    },
    given: (path) => {
      const body = taken.get(path);
      return body === undefined ? undefined : [EVENTS, body];
    },
    rows: (body) => {
      const { data } = JSON.parse(body.toString()) as { data: number[] };
      if (data.length !== 4 || data[3] !== 7) throw new Error("not the declared components");
      return [data.slice(0, 3)];
    },
    answer: ([row = []], compute) => {
      const data = [{ other: 1 }, labelled(compute(row))];
      if (!later) return [JSON_TYPE, Buffer.from(JSON.stringify({ data, duration: 0.1 }))];
      const id = `event-${taken.size}`;
      const events = [
        "event: heartbeat\ndata: null",
        "event: generating\ndata: [null, null]",
        `event: complete\ndata: ${JSON.stringify(data)}`,
      ];
      taken.set(`/gradio_api/call/classify/${id}`, Buffer.from(`${events.join("\n\n")}\n\n`));
      return [JSON_TYPE, Buffer.from(JSON.stringify({ event_id: id }))];
    },
  };
}

/** A label as Gradio has it: the likeliest class, and all with their confidences from there on down. */
export function labelled(values: readonly number[]): unknown {
  const confidences = values
    .map((confidence, c) => ({ label: CLASSES[c], confidence }))
    .sort((a, b) => b.confidence - a.confidence);
  return { label: confidences[0]?.label, confidences };
}

export function gradioInfo(): unknown {
  const number = { type: { type: "number" }, component: "Number", parameter_has_default: false };
  return {
    named_endpoints: {
      "/classify": {
        parameters: [
          ...["one", "two", "three"].map((name) => ({ ...number, parameter_name: name })),
          { component: "Slider", parameter_name: "top", parameter_has_default: true, parameter_default: 7 },
        ],
        returns: [
          { label: "other", component: "Json" },
          { label: "class", component: "Label" },
        ],
      },
      "/other": { parameters: [], returns: [] },
    },
    unnamed_endpoints: {},
  };
}
