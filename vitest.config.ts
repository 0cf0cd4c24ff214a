import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: ["test/support/build.ts"],
    setupFiles: ["test/support/own-cache.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
