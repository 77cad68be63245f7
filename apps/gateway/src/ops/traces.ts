import { SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import type { OpsConfig } from "../config/config.js";

const NAME = "indicia-gateway";

/** Traces of requests. */
export interface Traces {
  /** Trace a request. What a client says of a trace of his own is not followed: he could have every request kept. */
  request<T>(name: string, work: (note: NoteSpan) => Promise<T>): Promise<T>;
  /** Send what is left. */
  close(): Promise<void>;
}

/** Say something of the request that is traced. */
export type NoteSpan = (attributes: Readonly<Record<string, string | number>>, failed?: boolean) => void;

/**
 * Open traces.
 *
 * @param config null for traces that go nowhere
 * @param exporter in place of OTLP over HTTP, for tests
 */
export async function openTraces(
  config: OpsConfig["traces"],
  exporter: SpanExporter | null = null,
): Promise<Traces> {
  if (config === null) return traces(trace.getTracer(NAME), async () => undefined);
  // Loaded where there is somebody to send traces to.
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
  const { resourceFromAttributes } = await import("@opentelemetry/resources");
  const { BatchSpanProcessor, TraceIdRatioBasedSampler, TracerProvider } = await import(
    "@opentelemetry/sdk-trace"
  );
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": NAME }),
    sampler: new TraceIdRatioBasedSampler(config.ratio),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: exporter ?? new OTLPTraceExporter({ url: config.endpoint }) }),
    ],
  });
  return traces(provider.getTracer(NAME), () => provider.shutdown());
}

function traces(tracer: Tracer, close: () => Promise<void>): Traces {
  return {
    async request(name, work) {
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER });
      try {
        return await work((attributes, failed = false) => {
          span.setAttributes({ ...attributes });
          if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
        });
      } finally {
        span.end();
      }
    },
    close,
  };
}
