import { defineConfig, type UserConfig } from "vite";

/** The verifier's page. Its policy admits nothing inline and nothing of other hosts, so nothing may be inlined here. */
const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  // Served from the root of the service, whatever page of it is opened first.
  base: "/",
  logLevel: "warn",
  // Packages of ours are taken from their sources, as tests do, and so are never stale.
  resolve: { conditions: ["indicia:source", "browser", "module", "import", "default"] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
  worker: { format: "es" },
});

export default config;
