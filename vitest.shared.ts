import { defineConfig, type ViteUserConfig } from "vitest/config";

// Workspace packages resolve to their TypeScript source, so that a test never runs a stale build.
// "import" is not among them: Node sets it where it holds, and a CommonJS package would get the wrong half of another.
const conditions = ["indicia:source", "node"];

export interface TestKind {
  readonly include: string[];
  readonly exclude: string[];
  readonly timeoutSeconds: number;
}

/** What all three kinds of tests have in common. */
export function configure({ include, exclude, timeoutSeconds }: TestKind): ViteUserConfig {
  return defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    test: {
      include,
      exclude: ["**/node_modules/**", "**/dist/**", ...exclude],
      testTimeout: timeoutSeconds * 1000,
      hookTimeout: timeoutSeconds * 1000,
      pool: "forks",
      maxWorkers: 2,
    },
  });
}
