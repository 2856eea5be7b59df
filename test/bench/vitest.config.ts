import { defineConfig } from "vitest/config";

// Benchmarks print tables; one after the other, so that none disturbs another.
export default defineConfig({
  test: {
    include: ["test/bench/**/*.bench.ts"],
    testTimeout: 600_000,
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
});
