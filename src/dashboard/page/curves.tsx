// Curves of a limb's servos over the last seconds: as commanded, dashed, and as applied.
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import type { RobotState } from "./robot-state.ts";
import { onTicks } from "./beats.ts";

const SHOWN_S = 10;
const HEIGHT_PX = 130;
const HUES = [205, 35, 145, 275, 330, 180];

const hueAt = (index: number): number => HUES[index % HUES.length]!;

/** [time, commanded and applied by servo] as uPlot has it. */
const dataOf = ({ poses }: RobotState, servos: readonly number[]): uPlot.AlignedData => [
  poses.map(({ timeMs }) => timeMs / 1000),
  ...servos.flatMap((servo) => [
    poses.map(({ targetDeg }) => targetDeg[servo] ?? null),
    poses.map(({ appliedDeg }) => appliedDeg[servo] ?? null),
  ]),
];

const plotOn = (place: HTMLElement, servos: readonly number[]): uPlot => {
  const { color: ink } = getComputedStyle(place);
  const axis = { stroke: ink, grid: { stroke: "#8883", width: 1 }, font: "11px system-ui" };
  return new uPlot(
    {
      width: Math.max(120, place.clientWidth),
      height: HEIGHT_PX,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: (_, _least, most) => [most - SHOWN_S, most] },
        y: { range: (_, least, most) => [least - 5, most + 5] },
      },
      axes: [
        { ...axis, size: 30, values: (_, splits) => splits.map((s) => `${s} s`) },
        { ...axis, size: 40, values: (_, splits) => splits.map((deg) => `${deg}°`) },
      ],
      series: [
        {},
        ...servos.flatMap((_, index) => [
          {
            stroke: `hsl(${hueAt(index)} 70% 55%)`,
            width: 1,
            dash: [4, 3],
            points: { show: false },
          },
          { stroke: `hsl(${hueAt(index)} 70% 55%)`, width: 2, points: { show: false } },
        ]),
      ],
    },
    [[]],
    place,
  );
};

export const CurvesPanel = ({ state }: { readonly state: RobotState }) => {
  const place = useRef<HTMLDivElement>(null);
  const { limbs = {}, servos = [] } = state.hello ?? {};
  const [chosen, choose] = useState<string>();
  const limb = chosen ?? Object.keys(limbs)[0] ?? "";
  const names = limbs[limb] ?? [];
  useEffect(() => {
    if (!place.current || names.length === 0) return;
    const indices = names.map((name) => servos.findIndex((servo) => servo.name === name));
    const plot = plotOn(place.current, indices);
    const stop = onTicks(() => {
      const isSeen = plot.root.checkVisibility({ contentVisibilityAuto: true });
      if (isSeen) plot.setData(dataOf(state, indices));
    });
    const size = new ResizeObserver(([entry]) => {
      if (entry) plot.setSize({ width: Math.max(120, entry.contentRect.width), height: HEIGHT_PX });
    });
    size.observe(place.current);
    return () => {
      stop();
      size.disconnect();
      plot.destroy();
    };
  }, [state, state.hello, limb]);
  return (
    <section class="card curves" aria-label="Curves">
      <h2>
        Curves <small>dashed: commanded, solid: applied</small>
      </h2>
      <div class="acts" role="group" aria-label="Which limb">
        {Object.keys(limbs).map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === limb}
            onClick={() => choose(name)}
          >
            {name.replaceAll("_", " ")}
          </button>
        ))}
      </div>
      <div
        ref={place}
        class="plot"
        role="img"
        aria-label={`Angles of ${names.join(", ")} over the last ${SHOWN_S} seconds`}
      />
      <p class="small">
        {names.map((name, index) => (
          <span key={name} class="key" style={{ "--key": `hsl(${hueAt(index)} 70% 55%)` }}>
            {name}
          </span>
        ))}
      </p>
    </section>
  );
};
