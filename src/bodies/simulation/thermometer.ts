// Heat, for which MuJoCo has no sensor. A thermistor at a site follows
//   T = AMBIENT + (SOURCE - AMBIENT) / (1 + (d / HALF)^2),   d = distance to the heat source,
// through a lag of 50 ms. 68 degrees over ambient and half of that at 43 mm make 45 degrees (pain
// begins, ISO 13732-1) at 60 mm, 65 at 33 mm and 25 at 200 mm.
import { NS_PER_MS } from "../../core/clock.ts";
import { pointAt } from "./scene.ts";
import type { Scene } from "./scene.ts";

const SOURCE_BODY = "heat_source";
const AMBIENT_C = 22;
const SOURCE_C = 90;
const HALF_M = 0.043;
const LAG_NS = 50 * NS_PER_MS;

const heatC = (distanceM: number): number =>
  AMBIENT_C + (SOURCE_C - AMBIENT_C) / (1 + (distanceM / HALF_M) ** 2);

export class Thermometer {
  temperatureC: number;
  readonly #scene: Scene;
  readonly #site: number;
  readonly #source: number;
  readonly #shareAStep: number;

  constructor(scene: Scene, site: number) {
    this.#scene = scene;
    this.#site = site;
    this.#source = scene.mujoco.names.body.indexOf(SOURCE_BODY);
    this.#shareAStep = 1 - Math.exp(-scene.mujoco.stepNs / LAG_NS);
    this.temperatureC = this.#surroundingsC();
  }

  /** One physics step of the lag. */
  step(): void {
    this.temperatureC += this.#shareAStep * (this.#surroundingsC() - this.temperatureC);
  }

  #surroundingsC(): number {
    if (this.#source < 0) return AMBIENT_C;
    const { bodyPosition, sitePosition } = this.#scene.mujoco.live;
    const [x, y, z] = pointAt(bodyPosition, this.#source);
    const [handX, handY, handZ] = pointAt(sitePosition, this.#site);
    return heatC(Math.hypot(x - handX, y - handY, z - handZ));
  }
}
