import { defineConfig } from "vitest/config";

/** Bodies and commands that move in real time: beside other tests they would see how busy the machine is. */
const IN_REAL_TIME = [
  "test/e2e/**/*.test.ts",
  "test/contract/*body.test.ts",
  "test/unit/bodies/{arduino,firmata}/*.test.ts",
  "test/unit/bodies/simulation/simulation-body.test.ts",
];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    setupFiles: ["test/watchdog.mjs", "test/fast-check.mjs"],
    projects: [
      {
        extends: true,
        test: {
          name: "together",
          include: ["test/{unit,property,contract}/**/*.test.ts"],
          exclude: IN_REAL_TIME,
          // Two cores: physics, child processes and the test runner itself share them.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "in real time",
          include: IN_REAL_TIME,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
