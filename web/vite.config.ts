/** The build of the studio's page, which the server gives out at `/`. In development, `npx vite web` passes what it does not know on to a server. */
import { defineConfig } from "vite";

const SERVER = "http://127.0.0.1:3333";

export default defineConfig({
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2022",
    // The server's policy takes no data URL for anything but pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      onLog: (level, log, handle) => {
        // "use client" speaks to servers that render React, which there is none of.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") {
          handle(level, log);
        }
      },
    },
  },
  server: { proxy: { "/v1": SERVER, "/version": SERVER } },
  clearScreen: false,
  logLevel: "warn",
});
