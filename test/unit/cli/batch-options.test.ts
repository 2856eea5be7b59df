import { Command } from "commander";
import { expect, it } from "vitest";
import { addTaskOption } from "../../../src/cli/batch-options.ts";

const tasksOf = (text: string): unknown =>
  addTaskOption(new Command().exitOverride().configureOutput({ writeErr: () => {} }))
    .parse(["--task", text], { from: "user" })
    .getOptionValue("task");

it("a task that is named twice is run once: its episodes would be the same ones", () => {
  expect(tasksOf("obey, flinch,obey")).toEqual(["obey", "flinch"]);
});

it("a task that there is none of is refused", () => {
  expect(() => tasksOf("obey,flich")).toThrow(/found flich.*flinch/);
});
