import { expect, it } from "vitest";
import { SimulatedClock } from "../../../src/core/clock.ts";
import type { ImageSample } from "../../../src/core/ports.ts";
import { RemoteCamera } from "../../../src/sensors/remote-camera.ts";

it("a remote camera gives pictures of the robot's size at its rate, as far away as it can see", () => {
  const clock = new SimulatedClock();
  const eye = { name: "eye", width: 4, height: 2, rateHz: 10, maxDepthM: 2 };
  const camera = new RemoteCamera({ ...eye, clock });
  const seen: ImageSample[] = [];
  camera.samples.subscribe((sample) => seen.push(sample));
  const lookAt = (ms: number, bytes = 24): boolean => {
    clock.advanceTo(ms * 1e6);
    return camera.take(new Uint8Array(bytes).fill(ms));
  };
  expect([lookAt(0), lookAt(1), lookAt(100), lookAt(190), lookAt(300, 23)]).toEqual([
    true,
    false, // a burst
    true,
    true,
    false, // another size
  ]);
  expect(seen.map(({ timeNs }) => timeNs / 1e6)).toEqual([0, 100, 190]);
  expect(seen[1]).toMatchObject({ rgb: new Uint8Array(24).fill(100), width: 4, height: 2 });
  expect(seen[1]!.depthM).toEqual(new Float32Array(8).fill(2));
});
