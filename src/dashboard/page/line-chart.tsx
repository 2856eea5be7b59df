// Curves over steps, as SVG: how a training goes.
export interface Curve {
  readonly name: string;
  /** A CSS colour. */
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const WIDTH = 480;
const HEIGHT = 170;
const LEFT = 44;
const BOTTOM = 20;
const TOP = 8;
const LINES = 4;

export const LineChart = ({
  title,
  most,
  curves,
}: {
  readonly title: string;
  /** Where the axis of steps ends. */
  readonly most: number;
  readonly curves: readonly Curve[];
}) => {
  const values = curves.flatMap(({ points }) => points.map(([, y]) => y)).filter(Number.isFinite);
  if (values.length === 0) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(high - low, 1e-6 * Math.abs(high), 1e-9);
  const x = (step: number): number => LEFT + ((WIDTH - LEFT - 8) * step) / Math.max(1, most);
  const y = (value: number): number => TOP + (HEIGHT - BOTTOM - TOP) * (1 - (value - low) / room);
  const now = curves.map(({ name, points }) => `${name} ${points.at(-1)?.[1].toPrecision(3)}`);
  return (
    <figure class="chart">
      <figcaption>
        {title}{" "}
        {curves.map(({ name, colour }, i) => (
          <span key={name}>
            <i style={{ background: colour }} /> {now[i]}
          </span>
        ))}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title}: ${now.join(", ")}`}>
        {Array.from({ length: LINES }, (_, i) => low + (room * i) / (LINES - 1)).map((value) => (
          <g key={value}>
            <line x1={LEFT} x2={WIDTH - 8} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 6} y={y(value) + 4} text-anchor="end">
              {value.toPrecision(3)}
            </text>
          </g>
        ))}
        <text x={LEFT} y={HEIGHT - 4}>
          step 0
        </text>
        <text x={WIDTH - 8} y={HEIGHT - 4} text-anchor="end">
          {most}
        </text>
        {curves.map(({ name, colour, points }) => (
          <polyline
            key={name}
            style={{ stroke: colour }}
            points={points.map(([step, value]) => `${x(step)},${y(value)}`).join(" ")}
          />
        ))}
      </svg>
    </figure>
  );
};
