// efference bench wire: plain Firmata, as johnny-five says it, beside token frames, on the emulated board
// and in its time: bytes, updates a second, latency to the pins, and what happens when the host falls silent.
import { setupOf } from "../../bodies/board/setup.ts";
import { type Baud, BoardLink } from "../../bodies/board/board-link.ts";
import { firmwareHex } from "../../bodies/emulator/firmware-hex.ts";
import type { Pulse } from "../../bodies/emulator/pulse-meter.ts";
import { CYCLES_PER_US, EmulatedUno } from "../../bodies/emulator/uno.ts";
import { UnoPort } from "../../bodies/emulator/uno-port.ts";
import { openJohnnyFive } from "../../bodies/firmata/johnny-five.ts";
import { NS_PER_MS, NS_PER_S, pause, RealClock } from "../../core/clock.ts";
import { Random } from "../../core/random.ts";
import type { Robot } from "../../core/robot.ts";
import { quantile } from "../../evaluation/statistics.ts";
import { buildVocabulary } from "../../tokens/vocabulary.ts";
import { TICKS_PER_US } from "../../wire/protocol.ts";
import { keepFull } from "./full-line.ts";
import { type BenchContext, type BenchTable, median, rounded } from "./table.ts";

const SERVOS = 12;
const FIRST_PIN = 2;
const FIRMATA_BAUD = 57_600;
const BOOT_MS = 50;
const WARM_MS = 1000;
/** Pulses of the updates in turn: so near to each other that no limit of the board stands between. */
const PULSES_US = [1500, 1508, 1516, 1524];
const SAME_US = 3; // an edge may be late by so much
const FRAME_MS = 20;
/** The pulses of one frame begin within it: six in a row, twice. */
const ONE_FRAME_MS = 12;
/** By then an update is on the pins, or it never was: before a later one has the same pulses. */
const SHOWN_NS = 3 * FRAME_MS * NS_PER_MS;
const SATURATING = 200; // updates, one behind the other
const LATENCIES = 100;
const SILENT_S = [1, 3, 60];

/** A board and who talks to it. */
interface Rig {
  readonly name: string;
  readonly uno: EmulatedUno;
  readonly pulses: Pulse[];
  readonly sent: { bytes: number };
  /** Says the pulses of all servos, microseconds. */
  update(us: readonly number[]): void;
  /** Of token frames. */
  readonly link?: BoardLink;
}

type OpenRig = (robot: Robot) => Promise<Rig>;

const board = (baud: number, said: (bytes: Uint8Array) => void) => {
  const pulses: Pulse[] = [];
  const uno = new EmulatedUno({
    hex: firmwareHex(),
    baud,
    said: (byte) => said(Uint8Array.of(byte)),
    pulse: (pulse) => pulses.push(pulse),
  });
  const sent = { bytes: 0 };
  const write = (bytes: Uint8Array): void => {
    sent.bytes += bytes.length;
    uno.write(bytes);
  };
  return { uno, pulses, sent, write };
};

/** johnny-five waits in real time; the board's goes on meanwhile. */
const openFirmata: OpenRig = async () => {
  const { write, ...rest } = board(FIRMATA_BAUD, (bytes) => port.hear(bytes));
  const port = new UnoPort(write);
  const clock = new RealClock();
  let isOpen = false;
  const opening = openJohnnyFive(port, clock).finally(() => (isOpen = true));
  while (!isOpen) {
    rest.uno.run(1);
    await pause(clock, 1);
  }
  const firmata = await opening;
  const servos = Array.from({ length: SERVOS }, (_, index) =>
    firmata.servo({ pin: FIRST_PIN + index, limitUs: [544, 2400] }),
  );
  const update = (us: readonly number[]): void => servos.forEach((servo, k) => servo.to(us[k]!));
  return { name: `Firmata by johnny-five, ${FIRMATA_BAUD} baud`, ...rest, update };
};

const openTokens =
  (baud: Baud): OpenRig =>
  async (robot) => {
    const { write, ...rest } = board(FIRMATA_BAUD, (bytes) => link.take(bytes));
    const { uno } = rest;
    const link = new BoardLink({ say: write, nowUs: () => uno.timeNs / 1e3 });
    const wait = (ms: number): void => uno.run(ms);
    wait(BOOT_MS);
    const [servo] = robot.servos;
    const servos = Array.from({ length: SERVOS }, (_, index) => ({
      ...servo!,
      pin: FIRST_PIN + index,
      pulseUs: [544, 2400] as [number, number],
    }));
    const motion = { ...robot.motion, codec: "bins" } as const; // the board is told no ids here
    const setup = setupOf({ ...robot, servos, motion }, buildVocabulary(robot));
    await link.open(setup, baud, { setBaud: (other) => void (uno.baud = other), wait });
    const update = (us: readonly number[]): void => {
      link.say("targets", { mask: 2 ** SERVOS - 1, ticks: us.map((one) => one * TICKS_PER_US) });
    };
    return { name: `token frames, ${baud} baud`, ...rest, update, link };
  };

const RIGS: readonly OpenRig[] = [openFirmata, openTokens(FIRMATA_BAUD), openTokens(500_000)];

export const bench = async ({ robot, seed, seconds }: BenchContext): Promise<BenchTable[]> => {
  const line: BenchTable["rows"][number][] = [];
  const latency: BenchTable["rows"][number][] = [];
  const silence: BenchTable["rows"][number][] = [];
  for (const open of RIGS) {
    const rig = await open(robot);
    warm(rig);
    line.push(fill(rig));
    const random = new Random(seed, "phases");
    latency.push(latencies(rig, "49 a second", () => FRAME_MS + 0.6 * random.uniform()));
    latency.push(latencies(rig, "now and then", () => 60 + FRAME_MS * random.uniform()));
    silence.push(...fallSilent(rig));
  }
  const full = lastingly(await openTokens(500_000)(robot), seconds);
  const where = "the committed firmware on the emulated Uno, in its own time";
  return [
    {
      title: "the line",
      method: `${where}; ${SATURATING} updates of ${SERVOS} servos said one behind the other; a servo looks at 50 a second`,
      rows: line,
    },
    {
      title: "latency",
      method: `${where}; ${LATENCIES} updates in a stream, whose phase drifts over all of the board's frame, or one each 60 to 80 ms at random phases; from the end of the last byte to where the first new pulse, and the last servo's, begins; torn ones are spread over two frames`,
      rows: latency,
    },
    {
      title: "after the host's last word",
      method: `${where}; pulses on all pins in the second before; Firmata before any lock, as stock firmware, has no lease`,
      rows: silence,
    },
    {
      title: "a line that is never empty",
      method: `${where}; --seconds of it; lost: what board and chip count as damaged, broken, refused or overrun; errors of all pulses against the nearest that was asked for`,
      rows: [full],
    },
  ];
};

const update = (rig: Rig, step: number): number => {
  const us = PULSES_US[step % PULSES_US.length]!;
  rig.update(Array.from({ length: SERVOS }, () => us));
  return us;
};

const warm = (rig: Rig): void => {
  for (let step = 0; step * FRAME_MS < WARM_MS; step++) {
    update(rig, step);
    rig.uno.run(FRAME_MS);
  }
};

/** Runs until the board has received all; the stamp of the last byte's end, to a tenth of a microsecond. */
const drain = ({ uno }: Rig): number => {
  while (uno.onTheLine > 0) uno.run(1e-4);
  return uno.timeNs;
};

const fill = (rig: Rig) => {
  const { uno, sent } = rig;
  const startNs = uno.timeNs;
  const [bytes, lost] = [sent.bytes, uno.chip.usart.lost];
  for (let k = 0; k < SATURATING; k++) update(rig, k);
  const seconds = (drain(rig) - startNs) / NS_PER_S;
  const left = sent.bytes - bytes;
  return {
    what: rig.name,
    bytesAnUpdate: left / SATURATING,
    updatesPerS: rounded(SATURATING / seconds),
    n: SATURATING,
    bytesLost: uno.chip.usart.lost - lost,
  };
};

const latencies = (rig: Rig, how: string, gapMs: () => number) => {
  const { uno, pulses } = rig;
  uno.run(SHOWN_NS / NS_PER_MS); // what was said before
  pulses.length = 0;
  const said = Array.from({ length: LATENCIES }, (_, step) => {
    const beganNs = uno.timeNs;
    const us = update(rig, step);
    const saidNs = drain(rig);
    uno.runTo(beganNs + gapMs() * NS_PER_MS);
    return { us, beganNs, saidNs };
  });
  uno.run(3 * FRAME_MS);
  const firstMs: number[] = [];
  const lastMs: number[] = [];
  let torn = 0;
  for (const { us, beganNs, saidNs } of said) {
    const risesMs = new Map<number, number>(); // of the first new pulse of each pin
    for (const { pin, riseCycles, widthCycles } of pulses) {
      const riseNs = (riseCycles / CYCLES_PER_US) * 1e3;
      if (riseNs < beganNs || riseNs > beganNs + SHOWN_NS || risesMs.has(pin)) continue;
      if (Math.abs(widthCycles / CYCLES_PER_US - us) < SAME_US)
        risesMs.set(pin, (riseNs - saidNs) / NS_PER_MS);
    }
    if (risesMs.size < SERVOS) continue;
    firstMs.push(Math.min(...risesMs.values()));
    lastMs.push(Math.max(...risesMs.values()));
    if (lastMs.at(-1)! - firstMs.at(-1)! > ONE_FRAME_MS) torn++;
  }
  const { value, interval } = median(firstMs);
  return {
    what: rig.name,
    updates: how,
    firstPulseP50Ms: value,
    interval,
    p99Ms: rounded(quantile(firstMs, 0.99)),
    allPulsesP50Ms: median(lastMs).value,
    shown: firstMs.length,
    torn,
    n: LATENCIES,
  };
};

const lastingly = (rig: Rig, seconds: number): BenchTable["rows"][number] => {
  warm(rig);
  const say = (step: number): void => void update(rig, step);
  return {
    what: rig.name,
    ...keepFull({ ...rig, link: rig.link!, say, pulsesUs: PULSES_US }, seconds),
  };
};

const fallSilent = (rig: Rig) => {
  warm(rig);
  const startNs = rig.uno.timeNs;
  return SILENT_S.map((seconds) => {
    rig.uno.runTo(startNs + (seconds - 1) * NS_PER_S);
    rig.pulses.length = 0;
    rig.uno.run(1000);
    return { what: rig.name, silentForS: seconds, pulsesPerS: rig.pulses.length };
  });
};
