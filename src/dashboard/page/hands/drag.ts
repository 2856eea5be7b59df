// Dragging a thing in the 3D view: in the plane through it that faces the onlooker, as if behind a pane of glass.
import { type Camera, Plane, Raycaster, Vector2, Vector3 } from "three";
import type { RobotState } from "../robot-state.ts";
import { positionOf, type Things } from "./things.ts";

/** So near to the middle of a thing a finger means it, CSS pixels. */
const GRASP_PX = 26;

export class Drag {
  readonly #canvas: HTMLCanvasElement;
  readonly #camera: Camera;
  readonly #state: RobotState;
  readonly #things: Things;
  readonly #abort = new AbortController();
  readonly #pane = new Plane();
  /** From the finger to the middle of the thing, in the pane. */
  readonly #offset = new Vector3();
  #object: string | undefined;

  /** `onTurn`: whether the view may turn meanwhile; it must not where a thing is held. */
  constructor(
    canvas: HTMLCanvasElement,
    camera: Camera,
    state: RobotState,
    things: Things,
    onTurn: (mayTurn: boolean) => void,
  ) {
    this.#canvas = canvas;
    this.#camera = camera;
    this.#state = state;
    this.#things = things;
    const { signal } = this.#abort;
    const end = (): void => {
      if (this.#object === undefined) return;
      this.#object = undefined;
      things.letGo();
      onTurn(true);
    };
    canvas.addEventListener(
      "pointerdown",
      (event) => {
        if (!event.isPrimary || !this.#grasp(event)) return;
        canvas.setPointerCapture(event.pointerId);
        onTurn(false);
      },
      { signal },
    );
    canvas.addEventListener("pointermove", (event) => this.#move(event), { signal });
    for (const over of ["pointerup", "pointercancel"] as const)
      canvas.addEventListener(over, end, { signal });
  }

  close(): void {
    this.#abort.abort();
  }

  #grasp(event: PointerEvent): boolean {
    const found = this.#under(event);
    if (!found) return false;
    this.#object = found.name;
    this.#camera.getWorldDirection(this.#pane.normal);
    this.#pane.setFromNormalAndCoplanarPoint(this.#pane.normal, found.at);
    const finger = this.#inPane(event);
    this.#offset.copy(found.at).sub(finger ?? found.at);
    return true;
  }

  #move(event: PointerEvent): void {
    if (this.#object === undefined) {
      this.#canvas.style.cursor = this.#under(event) ? "move" : "";
      return;
    }
    const [x, y, z] = this.#inPane(event)?.add(this.#offset).toArray() ?? [];
    if (x !== undefined) this.#things.carry(this.#object, [x, y!, z!]);
  }

  /** The thing that is nearest to the finger. */
  #under({ offsetX, offsetY }: PointerEvent): { name: string; at: Vector3 } | undefined {
    const { clientWidth, clientHeight } = this.#canvas;
    let nearest: { name: string; at: Vector3 } | undefined;
    let leastPx = GRASP_PX;
    for (const body of this.#things.bodies) {
      const position = positionOf(this.#state, body);
      if (!position) continue;
      const at = new Vector3(...position);
      const seen = at.clone().project(this.#camera);
      const away = Math.hypot(
        ((seen.x + 1) / 2) * clientWidth - offsetX,
        ((1 - seen.y) / 2) * clientHeight - offsetY,
      );
      if (away < leastPx) {
        leastPx = away;
        nearest = { name: body.name, at };
      }
    }
    return nearest;
  }

  #inPane({ offsetX, offsetY }: PointerEvent): Vector3 | null {
    const { clientWidth, clientHeight } = this.#canvas;
    const point = new Vector2((2 * offsetX) / clientWidth - 1, 1 - (2 * offsetY) / clientHeight);
    const ray = new Raycaster();
    ray.setFromCamera(point, this.#camera);
    return ray.ray.intersectPlane(this.#pane, new Vector3());
  }
}
