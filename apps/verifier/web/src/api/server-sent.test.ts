import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createEventParser, type ServerSentEvent } from "./server-sent.js";

const STREAM =
  ': alive\n\nid: 1\nevent: look\ndata: {"a":\ndata: 1}\n\r\nid:2\r\ndata: é\r\n\r\n\n\nevent: state\n\n';
const EVENTS: readonly ServerSentEvent[] = [
  { id: "1", event: "look", data: '{"a":\n1}' },
  { id: "2", event: "message", data: "é" },
];

describe("a stream of events", () => {
  test("is read however it is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(STREAM.length), { maxLength: 12 }), (cuts) => {
        const parse = createEventParser();
        const places = [0, ...cuts.toSorted((a, b) => a - b), STREAM.length];
        const read = places.slice(1).flatMap((end, index) => parse(STREAM.slice(places[index], end)));
        expect(read).toEqual(EVENTS);
      }),
    );
  });

  test("that never ends an event is not kept for ever", () => {
    const parse = createEventParser();
    expect(() => parse("x".repeat(2 ** 21))).toThrow("does not end");
  });
});
