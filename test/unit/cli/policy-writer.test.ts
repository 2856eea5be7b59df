import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { writePolicy } from "../../../src/cli/policy-writer.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { readCard } from "../../../src/policy/policy-folder.ts";
import { writePolicy as untrained } from "../policy/policy-fixture.ts";

it("a policy that can't be written where it should be is written elsewhere, and the error says where", async () => {
  const trained = untrained(loadRobot("duo"));
  const onnx = readFileSync(join(trained, "policy.onnx"));
  const card = await readCard(trained);
  const parent = mkdtempSync(join(tmpdir(), "efference-policy-writer-"));
  const isFile = join(parent, "models");
  writeFileSync(isFile, "");
  const { message } = await writePolicy({ folder: join(isFile, "mine"), onnx, card }).then(
    () => expect.fail("was written into a file"),
    (error: Error) => error,
  );
  expect(message).toContain(`can't make ${join(isFile, "mine")}`);
  const [, elsewhere] = / is in (\S+) for now/.exec(message)!;
  expect(readFileSync(join(elsewhere!, "policy.onnx"))).toEqual(onnx);
  expect((await readCard(elsewhere!)).name).toBe("mine");
  for (const made of [trained, parent, dirname(elsewhere!)]) rmSync(made, { recursive: true });
});
