// The robot in 3D, from the compiled scene: solid as it is, a ghost as it was told to be. It draws only
// when something has changed: there may be no GPU.
import {
  AmbientLight,
  BoxGeometry,
  BufferGeometry,
  CapsuleGeometry,
  Color,
  CylinderGeometry,
  DirectionalLight,
  Group,
  Line,
  LineBasicMaterial,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  PerspectiveCamera,
  Quaternion,
  Scene,
  SphereGeometry,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import type { SceneBody, SceneGeom, SceneGeometry } from "../../core/scene-geometry.ts";
import { Drag } from "./hands/drag.ts";
import { positionOf, type Things } from "./hands/things.ts";
import { isSoftware } from "./is-software.ts";
import type { RobotState } from "./robot-state.ts";

/** Commanded and applied pose are one within this. */
const APART_DEG = 2;

const turned = (wxyz: ArrayLike<number>): Quaternion =>
  new Quaternion(wxyz[1], wxyz[2], wxyz[3], wxyz[0]);
const placed = (position: ArrayLike<number>, from = 0): Vector3 =>
  new Vector3(position[from], position[from + 1], position[from + 2]);
const matrixOf = (position: Vector3, rotation: Quaternion): Matrix4 =>
  new Matrix4().compose(position, rotation, new Vector3(1, 1, 1));

/** The bodies of a scene, which turn by their joints. */
class Figure {
  readonly root = new Group();
  readonly groups: readonly Group[];
  readonly #scene: SceneGeometry;

  constructor(scene: SceneGeometry) {
    this.#scene = scene;
    this.groups = scene.bodies.map(({ position, rotation }) => {
      const group = new Group();
      group.matrixAutoUpdate = false;
      group.matrix.copy(matrixOf(placed(position), turned(rotation)));
      return group;
    });
    for (const [index, { parent }] of scene.bodies.entries())
      (index === 0 ? this.root : this.groups[parent]!).add(this.groups[index]!);
  }

  /** `angleOf`: degrees or metres of a joint; undefined where nothing is known. */
  pose(angleRadOf: (joint: string) => number | undefined, qpos: Float32Array | undefined): void {
    for (const [index, body] of this.#scene.bodies.entries())
      if (body.joints.length > 0) this.#place(this.groups[index]!, body, angleRadOf, qpos);
  }

  #place(
    group: Group,
    { position, rotation, joints }: SceneBody,
    angleRadOf: (joint: string) => number | undefined,
    qpos: Float32Array | undefined,
  ): void {
    const matrix = matrixOf(placed(position), turned(rotation));
    for (const joint of joints) {
      if (joint.kind === "free") {
        if (qpos)
          matrix.copy(
            matrixOf(
              placed(qpos, joint.qpos),
              turned(qpos.subarray(joint.qpos + 3, joint.qpos + 7)),
            ),
          );
        continue;
      }
      const value = angleRadOf(joint.name) ?? qpos?.[joint.qpos] ?? 0;
      const axis = placed(joint.axis);
      if (joint.kind === "slide")
        matrix.multiply(new Matrix4().makeTranslation(axis.multiplyScalar(value)));
      else if (joint.kind === "hinge") {
        const at = placed(joint.position);
        const turn = new Matrix4().makeRotationAxis(axis, value);
        matrix
          .multiply(new Matrix4().makeTranslation(at))
          .multiply(turn)
          .multiply(new Matrix4().makeTranslation(at.negate()));
      }
    }
    group.matrix.copy(matrix);
  }
}

const geometryOf = ({ shape, size: [a = 0, b = 0, c = 0] }: SceneGeom): BufferGeometry => {
  switch (shape) {
    case "sphere":
      return new SphereGeometry(a, 20, 14);
    case "ellipsoid":
      return new SphereGeometry(1, 20, 14).scale(a, b, c);
    case "capsule":
      return new CapsuleGeometry(a, 2 * b, 6, 14).rotateX(Math.PI / 2);
    case "cylinder":
      return new CylinderGeometry(a, a, 2 * b, 22).rotateX(Math.PI / 2);
    case "box":
    case "plane":
      return new BoxGeometry(2 * a, 2 * b, 2 * c);
  }
};

/** Where a sense shows what it feels. */
interface Glow {
  readonly sensor: string;
  readonly mesh: Mesh;
  readonly kind: "heat" | "touch";
}

/** Pixels drawn for a CSS pixel, at most. */
const MOST_RATIO = 1.5;

export class RobotView {
  readonly #state: RobotState;
  readonly #canvas: HTMLCanvasElement;
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Scene();
  readonly #camera = new PerspectiveCamera(38, 1, 0.02, 10);
  readonly #controls: OrbitControls;
  readonly #ghostMaterial = new MeshBasicMaterial({
    color: new Color("hsl(330, 75%, 60%)"),
    transparent: true,
    opacity: 0.38,
    depthWrite: false,
  });
  readonly #glows: Glow[] = [];
  #beam: { sensor: string; line: Line } | undefined;
  #solid: Figure | undefined;
  #ghost: Figure | undefined;
  #isTurned = true;
  #shown = "";
  /** Frames drawn so far. */
  frames = 0;

  readonly #drag: Drag | undefined;

  /** `things`: those that can be carried with the pointer. Throws where the browser has no WebGL. */
  constructor(canvas: HTMLCanvasElement, state: RobotState, things?: Things) {
    this.#state = state;
    this.#canvas = canvas;
    // Listens before the controls do, so that a thing that is grasped does not turn the view.
    const onTurn = (mayTurn: boolean): void => void (this.#controls.enabled = mayTurn);
    this.#drag = things && new Drag(canvas, this.#camera, state, things, onTurn);
    const antialias = !isSoftware();
    this.#renderer = new WebGLRenderer({ canvas, antialias, alpha: true });
    this.#camera.up.set(0, 0, 1);
    this.#camera.position.set(0.6, 0.3, 0.34);
    this.#controls = new OrbitControls(this.#camera, canvas);
    this.#controls.target.set(0.06, 0, 0.16);
    this.#controls.minDistance = 0.2;
    this.#controls.maxDistance = 2.5;
    this.#controls.maxPolarAngle = Math.PI * 0.55;
    this.#controls.addEventListener("change", () => (this.#isTurned = true));
    this.#controls.update();
    const sun = new DirectionalLight(0xffffff, 2.1);
    sun.position.set(0.7, 0.5, 1.4);
    this.#scene.add(new AmbientLight(0xffffff, 1.25), sun);
  }

  draw(): void {
    if (!this.#solid) {
      if (!this.#state.scene || !this.#state.hello) return;
      this.#build(this.#state.scene);
    }
    this.#fit();
    const shown = this.#whatIsShown();
    if (shown === this.#shown && !this.#isTurned) return;
    this.#shown = shown;
    this.#isTurned = false;
    this.#pose();
    this.#renderer.render(this.#scene, this.#camera);
    this.frames++;
  }

  close(): void {
    this.#drag?.close();
    this.#controls.dispose();
    this.#renderer.dispose();
    this.#renderer.forceContextLoss(); // a browser has few contexts, and views come and go
  }

  #fit(): void {
    const { clientWidth, clientHeight } = this.#canvas;
    const ratio = Math.min(MOST_RATIO, devicePixelRatio);
    if (this.#canvas.width === Math.floor(clientWidth * ratio)) return;
    this.#renderer.setPixelRatio(ratio);
    this.#renderer.setSize(clientWidth, clientHeight, false);
    this.#camera.aspect = clientWidth / Math.max(1, clientHeight);
    this.#camera.updateProjectionMatrix();
    this.#isTurned = true;
  }

  /** Changes when the picture would: rounded to what can be seen. */
  #whatIsShown(): string {
    const { appliedDeg, targetDeg, world, mode } = this.#state;
    const rounded = (numbers: Iterable<number> | undefined, scale: number): string =>
      numbers ? Array.from(numbers, (number) => Math.round(number * scale)).join() : "";
    const glows = this.#glows.map((glow) => this.#opacityOf(glow));
    return [
      mode,
      rounded(appliedDeg, 4),
      rounded(targetDeg, 4),
      rounded(world?.qpos, 500),
      ...this.#hovering.map((place) => rounded(place, 500)),
      rounded(glows, 20),
      rounded([this.#beamM], 100),
    ].join(";");
  }

  /** Where things are that no world state tells of: they fall nowhere, and stay where they were carried. */
  get #hovering(): readonly (readonly number[])[] {
    const bodies = this.#state.scene?.bodies ?? [];
    return bodies.map((body) =>
      body.joints.length > 0 ? [] : (positionOf(this.#state, body) ?? []),
    );
  }

  #build(scene: SceneGeometry): void {
    this.#solid = new Figure(scene);
    this.#ghost = new Figure(scene);
    const servos = new Set(this.#state.hello!.servos.map(({ name }) => name));
    const isDriven = scene.bodies.map(() => false);
    for (const [index, { joints, parent }] of scene.bodies.entries())
      isDriven[index] = isDriven[parent] === true || joints.some(({ name }) => servos.has(name));
    for (const geom of scene.geoms) {
      if (geom.shape === "plane") continue;
      const [red = 0, green = 0, blue = 0] = geom.rgba;
      const material = new MeshLambertMaterial({ color: new Color(red, green, blue) });
      this.#put(this.#solid, geom, material);
      if (isDriven[geom.body]) this.#put(this.#ghost, geom, this.#ghostMaterial);
    }
    for (const site of scene.sites) {
      const sensor = this.#state.hello!.sensors.find(({ name }) => name === site.name);
      const parent = this.#solid.groups[site.body]!;
      const holder = new Group();
      holder.position.copy(placed(site.position));
      holder.quaternion.copy(turned(site.rotation));
      parent.add(holder);
      if (sensor?.kind === "heat" || sensor?.kind === "touch") {
        const mesh = new Mesh(
          new SphereGeometry(sensor.kind === "heat" ? 0.02 : 0.026, 18, 12),
          new MeshBasicMaterial({
            color: new Color(sensor.kind === "heat" ? "#ff3b00" : "#ffd400"),
            transparent: true,
            depthWrite: false,
          }),
        );
        holder.add(mesh);
        this.#glows.push({ sensor: sensor.name, mesh, kind: sensor.kind });
      } else if (sensor?.kind === "distance") {
        const geometry = new BufferGeometry().setFromPoints([new Vector3(), new Vector3(0, 0, 1)]);
        const material = new LineBasicMaterial({
          color: "#1fc8c8",
          transparent: true,
          opacity: 0.7,
        });
        const line = new Line(geometry, material);
        holder.add(line);
        this.#beam = { sensor: sensor.name, line };
      }
    }
    this.#scene.add(this.#solid.root, this.#ghost.root);
  }

  #put(figure: Figure, geom: SceneGeom, material: Mesh["material"]): void {
    const mesh = new Mesh(geometryOf(geom), material);
    mesh.position.copy(placed(geom.position));
    mesh.quaternion.copy(turned(geom.rotation));
    mesh.userData["body"] = geom.body;
    figure.groups[geom.body]!.add(mesh);
  }

  #pose(): void {
    const { hello, world, appliedDeg, targetDeg } = this.#state;
    const radOf = (degrees: Float32Array) => {
      const byName = new Map(hello!.servos.map(({ name }, i) => [name, degrees[i]]));
      return (joint: string): number | undefined => {
        const degree = byName.get(joint);
        return degree === undefined ? undefined : (degree * Math.PI) / 180;
      };
    };
    // Where there is a world, it knows best where the robot is: a limp arm sags.
    this.#solid!.pose(world ? () => undefined : radOf(appliedDeg), world?.qpos);
    for (const [index, place] of this.#hovering.entries())
      if (place.length > 0) this.#solid!.groups[index]!.matrix.setPosition(placed(place));
    this.#ghost!.pose(radOf(targetDeg), world?.qpos);
    this.#ghost!.root.visible = targetDeg.some(
      (degree, i) => Math.abs(degree - (appliedDeg[i] ?? degree)) > APART_DEG,
    );
    for (const glow of this.#glows) {
      const opacity = this.#opacityOf(glow);
      (glow.mesh.material as MeshBasicMaterial).opacity = opacity;
      glow.mesh.visible = opacity > 0.02;
    }
    if (this.#beam) this.#beam.line.scale.z = this.#beamM;
  }

  #opacityOf({ sensor, kind }: Glow): number {
    const value = this.#state.readings.get(sensor)?.[0] ?? 0;
    const share = kind === "heat" ? (value - 28) / 40 : value > 0.05 ? 0.3 + value / 2 : 0;
    return Math.min(0.85, Math.max(0, share));
  }

  get #beamM(): number {
    return (this.#beam && this.#state.readings.get(this.#beam.sensor)?.[0]) ?? 0.001;
  }
}
