// Which episodes a command means, however its files are written.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { chosenFiles } from "../../../src/cli/chosen-episodes.ts";
import { testFolder } from "../session/session-fixture.ts";

test("a file that is named in several ways is one, with the episodes of all", async () => {
  const folder = await testFolder();
  const path = join(folder, "take.mcap");
  writeFileSync(path, "");
  expect(
    await chosenFiles([`${folder}/./take.mcap#3`, `${folder}//take.mcap#1`, `${path}#3`]),
  ).toEqual([{ path, episodes: [3, 1] }]);
  expect(await chosenFiles([folder, `${folder}/./take.mcap#3`])).toEqual([{ path }]);
});
