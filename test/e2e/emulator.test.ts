// The command line on the emulated board: the real firmware moves the servos.
import { join } from "node:path";
import { expect, it } from "vitest";
import { efference, temporaryFolder } from "./efference.ts";

const folder = temporaryFolder();
const session = join(folder, "emulator.mcap");

it("run --body emulator acts as in simulation, and its session plays live on either body", async () => {
  const run = ["run", "--fast", "--duration", "4", "--policy", "teacher:obey", "--json"];
  const emulated = await efference([...run, "--body", "emulator", "--session", session], folder);
  const simulated = await efference([...run, "--session", join(folder, "s.mcap")], folder);
  expect(emulated.stderr).toBe("");
  expect(emulated.code).toBe(0);
  const [one, other] = [JSON.parse(emulated.stdout), JSON.parse(simulated.stdout)];
  expect(one.acts.length).toBeGreaterThan(0);
  expect(one.acts).toEqual(other.acts);
  expect(one.safety.events).toBe(0);

  const compared = await efference(["replay", session], folder);
  expect(compared.code).toBe(1);
  expect(compared.stderr).toContain('was recorded on the body "emulator"');
  const played = await efference(["replay", session, "--body", "emulator", "--json"], folder);
  expect(JSON.parse(played.stdout)).toMatchObject({ played: true, body: "emulator" });
}, 60_000);

it("replay names the bodies there are", async () => {
  const { code, stderr } = await efference(["replay", session, "--body", "toaster"], folder);
  expect(code).toBe(2);
  expect(stderr).toContain("write one of simulation, emulator, arduino");
});
