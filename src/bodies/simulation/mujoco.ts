// MuJoCo behind types: the npm package's own are `any` almost everywhere. The WebAssembly module is
// instantiated once a thread (0.4 s); worlds of one thread share its heap, and every view of that
// heap goes dead (length 0) when it grows, so views are only to be had through `live`.
import load from "@mujoco/mujoco";
import type { DoubleBuffer, IntBuffer, MainModule, MjData, MjModel } from "@mujoco/mujoco";
import { NS_PER_S } from "../../core/clock.ts";

/** Views of the physics' own arrays, rows one after the other; positions in metres, angles in radians. */
interface Live {
  readonly qpos: Float64Array;
  readonly qvel: Float64Array;
  readonly ctrl: Float64Array;
  /** [actuators] newton metres and radians a second, both of the step just taken. */
  readonly actuatorForce: Float64Array;
  readonly actuatorVelocity: Float64Array;
  readonly sensorData: Float64Array;
  readonly bodyPosition: Float64Array; // [bodies, 3]
  readonly bodyRotation: Float64Array; // [bodies, 4] w, x, y, z
  readonly sitePosition: Float64Array; // [sites, 3]
  readonly cameraPosition: Float64Array; // [cameras, 3]
  readonly cameraAxes: Float64Array; // [cameras, 3, 3] row-major, camera to world
  readonly geomPosition: Float64Array; // [geoms, 3]
  readonly geomAxes: Float64Array; // [geoms, 3, 3] row-major, geom to world
  readonly mocapPosition: Float64Array; // [mocap bodies, 3]
}

/** The model's constants, copied out of the heap. */
interface Layout {
  readonly jointQpos: Int32Array;
  readonly jointDof: Int32Array;
  /** First joint of each body, -1 without one. */
  readonly bodyJoint: Int32Array;
  /** Row in mocapPosition, -1 for a body that is not mocap. */
  readonly bodyMocap: Int32Array;
  readonly jointType: Int32Array;
  readonly actuatorJoint: Int32Array;
  /** Of each actuator, by how much its force falls as its joint goes on: 0 for one that holds no angle. */
  readonly actuatorStiffness: Float64Array;
  readonly sensorAddress: Int32Array;
  readonly cameraBody: Int32Array;
  readonly cameraFovyDeg: Float64Array;
  readonly geomColour: Float32Array; // [geoms, 4]
}

/** A solid of the model, as it is fixed to its body. */
interface Geom {
  /** mjtGeom */
  readonly type: number;
  readonly body: number;
  /** Half extents, metres: what they mean depends on the type. */
  readonly size: readonly [number, number, number];
  readonly position: readonly [number, number, number];
  readonly rotation: readonly [number, number, number, number];
  readonly colour: readonly [number, number, number, number];
  /** Of the sphere around it; without end for a plane. */
  readonly radiusM: number;
  /** False for what is fully transparent. */
  readonly isVisible: boolean;
}

const KINDS = ["body", "joint", "site", "camera", "actuator", "sensor"] as const;
type Kind = (typeof KINDS)[number];

export const FREE_JOINT = 0;
export const HINGE_JOINT = 3;
const AFFINE = 1; // mjtBias
const BIAS_PARAMETERS = 10; // of each actuator; the second is that of its length
const ALL_SERVOS = 1; // bit of actuator group 0

let moduleOfThread: Promise<MainModule> | undefined;

/** One compiled scene with its state, and a scratch state for kinematics that must not disturb it. */
export class Mujoco {
  readonly stepNs: number;
  readonly layout: Layout;
  readonly names: Readonly<Record<Kind, readonly string[]>>;
  readonly #mj: MainModule;
  readonly #model: MjModel;
  readonly #data: MjData;
  readonly #scratch: MjData;
  readonly #option: MjModel["opt"];
  readonly #jacobian: DoubleBuffer;
  #live: Live | undefined;

  /** Compiles a scene; throws MuJoCo's own Error when the MJCF is wrong. */
  static async compile(mjcf: string): Promise<Mujoco> {
    moduleOfThread ??= load();
    const mj = await moduleOfThread;
    return new Mujoco(mj, mj.MjModel.from_xml_string(mjcf));
  }

  private constructor(mj: MainModule, model: MjModel) {
    this.#mj = mj;
    this.#model = model;
    widenBounds(model);
    this.#data = new mj.MjData(model);
    this.#scratch = new mj.MjData(model);
    this.#option = model.opt;
    this.#jacobian = new mj.DoubleBuffer(3 * model.nv);
    this.stepNs = Math.round(this.#option.timestep * NS_PER_S);
    this.layout = {
      jointQpos: model.jnt_qposadr.slice(),
      jointDof: model.jnt_dofadr.slice(),
      bodyJoint: model.body_jntadr.slice(),
      bodyMocap: model.body_mocapid.slice(),
      jointType: model.jnt_type.slice(),
      actuatorJoint: Int32Array.from({ length: model.nu }, (_, i) => model.actuator_trnid[2 * i]!),
      actuatorStiffness: Float64Array.from({ length: model.nu }, (_, i) =>
        model.actuator_biastype[i] === AFFINE
          ? -model.actuator_biasprm[BIAS_PARAMETERS * i + 1]!
          : 0,
      ),
      sensorAddress: model.sensor_adr.slice(),
      cameraBody: model.cam_bodyid.slice(),
      cameraFovyDeg: model.cam_fovy.slice(),
      geomColour: model.geom_rgba.slice(),
    };
    const bytes = new Uint8Array(model.names);
    const namesAt = (addresses: Int32Array): string[] =>
      Array.from(addresses, (from) => text.decode(bytes.subarray(from, bytes.indexOf(0, from))));
    this.names = {
      body: namesAt(model.name_bodyadr),
      joint: namesAt(model.name_jntadr),
      site: namesAt(model.name_siteadr),
      camera: namesAt(model.name_camadr),
      actuator: namesAt(model.name_actuatoradr),
      sensor: namesAt(model.name_sensoradr),
    };
  }

  get geoms(): readonly Geom[] {
    const { ngeom, geom_type, geom_bodyid, geom_size, geom_pos, geom_quat } = this.#model;
    const { geom_rbound, geom_rgba, geom_matid, mat_rgba } = this.#model;
    const row = <Row>(values: ArrayLike<number>, geom: number, width: number): Row =>
      Array.from({ length: width }, (_, i) => values[width * geom + i]!) as Row;
    return Array.from({ length: ngeom }, (_, geom) => ({
      type: geom_type[geom],
      body: geom_bodyid[geom],
      size: row(geom_size, geom, 3),
      position: row(geom_pos, geom, 3),
      rotation: row(geom_quat, geom, 4),
      colour: row(this.layout.geomColour, geom, 4),
      radiusM: geom_rbound[geom] || Infinity,
      isVisible:
        (geom_matid[geom] < 0 ? geom_rgba[4 * geom + 3] : mat_rgba[4 * geom_matid[geom] + 3]) > 0,
    }));
  }

  get live(): Live {
    if (this.#live === undefined || this.#live.qpos.length === 0) {
      const data = this.#data;
      this.#live = {
        qpos: data.qpos,
        qvel: data.qvel,
        ctrl: data.ctrl,
        actuatorForce: data.actuator_force,
        actuatorVelocity: data.actuator_velocity,
        sensorData: data.sensordata,
        bodyPosition: data.xpos,
        bodyRotation: data.xquat,
        sitePosition: data.site_xpos,
        cameraPosition: data.cam_xpos,
        cameraAxes: data.cam_xmat,
        geomPosition: data.geom_xpos,
        geomAxes: data.geom_xmat,
        mocapPosition: data.mocap_pos,
      };
    }
    return this.#live;
  }

  /** Without power the servos give no torque at all: what is left is their friction. */
  set powered(powered: boolean) {
    this.#option.disableactuator = powered ? 0 : ALL_SERVOS;
  }

  /** Forces and integration: one time step onwards from the state last looked at. */
  integrate(): void {
    this.#mj.mj_step2(this.#model, this.#data);
  }

  /** Everything that follows from the positions and velocities, sensors included. */
  look(): void {
    this.#mj.mj_step1(this.#model, this.#data);
  }

  /** Where the bodies are by these positions, and nothing more. */
  place(): void {
    this.#mj.mj_kinematics(this.#model, this.#data);
  }

  /** Position [3] and Jacobian [3, dofs] of a site, had the world these positions. */
  siteAt(
    qpos: Float64Array,
    site: number,
  ): { readonly position: Float64Array; readonly jacobian: Float64Array } {
    this.#scratch.qpos.set(qpos);
    this.#mj.mj_kinematics(this.#model, this.#scratch);
    this.#mj.mj_comPos(this.#model, this.#scratch);
    this.#mj.mj_jacSite(this.#model, this.#scratch, this.#jacobian, null, site);
    return {
      position: this.#scratch.site_xpos.slice(3 * site, 3 * site + 3),
      jacobian: this.#jacobian.GetView(),
    };
  }

  /** A reusable fan of `count` rays. */
  rays(count: number): Rays {
    return new Rays(this.#mj, this.#model, this.#data, count);
  }

  close(): void {
    for (const handle of [this.#jacobian, this.#option, this.#scratch, this.#data, this.#model])
      handle.delete();
  }
}

const text = new TextDecoder();

/**
 * mj_multiRay (3.14) culls a body by a sphere about its collision geoms that it does not turn with
 * the body: limbs lose their ends, and what only the eye sees may vanish. A box about the body's own
 * centre that holds every geom at any attitude puts that right; collisions are found as before.
 */
const widenBounds = (model: MjModel): void => {
  const { body_bvhadr, body_geomadr, body_geomnum, body_ipos, geom_pos, geom_rbound } = model;
  for (let body = 1; body < model.nbody; body++) {
    if (body_bvhadr[body] < 0) continue;
    let radiusM = 0;
    for (let geom = body_geomadr[body]; geom < body_geomadr[body] + body_geomnum[body]; geom++) {
      const offset = [0, 1, 2].map((k) => geom_pos[3 * geom + k] - body_ipos[3 * body + k]);
      radiusM = Math.max(radiusM, Math.hypot(...offset) + geom_rbound[geom]);
    }
    model.bvh_aabb.set([0, 0, 0, radiusM, radiusM, radiusM], 6 * body_bvhadr[body]);
  }
};

/** Casts rays from one point; the answers are read from the views before the next call into MuJoCo. */
class Rays {
  readonly #mj: MainModule;
  readonly #model: MjModel;
  readonly #data: MjData;
  readonly #count: number;
  readonly #geom: IntBuffer;
  readonly #distance: DoubleBuffer;
  readonly #normal: DoubleBuffer;

  constructor(mj: MainModule, model: MjModel, data: MjData, count: number) {
    this.#mj = mj;
    this.#model = model;
    this.#data = data;
    this.#count = count;
    this.#geom = new mj.IntBuffer(count);
    this.#distance = new mj.DoubleBuffer(count);
    this.#normal = new mj.DoubleBuffer(3 * count);
  }

  /** `directions` [count, 3] of length 1; a geom of `exceptBody` is not seen, nor what lies beyond `cutoffM`. */
  cast(
    origin: readonly [number, number, number],
    directions: Float64Array,
    exceptBody: number,
    cutoffM: number,
  ): void {
    // The package types arrays as number[], and takes typed ones as well.
    const everyGroup = null as unknown as number[];
    this.#mj.mj_multiRay(
      this.#model,
      this.#data,
      origin as unknown as number[],
      directions as unknown as number[],
      everyGroup,
      true,
      exceptBody,
      this.#geom,
      this.#distance,
      this.#normal,
      this.#count,
      cutoffM,
    );
  }

  /** [count] geom that was hit, -1 for none. */
  get geom(): Int32Array {
    return this.#geom.GetView();
  }

  /** [count] metres. */
  get distance(): Float64Array {
    return this.#distance.GetView();
  }

  /** [count, 3] outward normal of what was hit. */
  get normal(): Float64Array {
    return this.#normal.GetView();
  }

  close(): void {
    for (const buffer of [this.#geom, this.#distance, this.#normal]) buffer.delete();
  }
}
