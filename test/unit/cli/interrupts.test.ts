import { expect, it } from "vitest";
import { oncePerPress } from "../../../src/cli/interrupts.ts";

it("a press that comes twice within milliseconds is one, and after a moment another", async () => {
  let heard = 0;
  const listener = oncePerPress(() => heard++);
  listener();
  listener();
  expect(heard).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 150));
  listener();
  listener();
  expect(heard).toBe(2);
});
