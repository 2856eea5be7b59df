// Lint rules, and the one place that says which room of src/ may import which (ARCHITECTURE.md, Rooms).
import { defineConfig } from "oxlint";

const pure = ["core", "tokens", "wire", "safety"];
const mayImport = {
  core: [],
  tokens: ["core"],
  wire: ["core"],
  safety: ["core"],
  policy: pure,
  bodies: pure,
  sensors: pure,
  session: pure,
  training: pure,
  runtime: pure,
  evaluation: pure,
  teleoperation: pure,
  dashboard: [...pure, "runtime", "session", "teleoperation"],
  cli: "all",
};
const ownersOf = {
  yaml: ["core"],
  zod: ["core"],
  "fft.js": ["tokens", "sensors"],
  "onnxruntime-node": ["policy", "training"],
  "@mujoco/mujoco": ["bodies"],
  avr8js: ["bodies"],
  serialport: ["bodies"],
  "johnny-five": ["bodies/firmata"],
  "firmata-io": ["bodies/firmata"],
  "@mcap/core": ["session"],
  "@mcap/support": ["session"],
  "@foxglove/schemas": ["session"],
  "@foxglove/wasm-zstd": ["session"],
  protobufjs: ["session"],
  hyparquet: ["session/lerobot"],
  "hyparquet-writer": ["session/lerobot"],
  wavefile: ["sensors"],
  "@alexanderolsen/libsamplerate-js": ["sensors"],
  "prom-client": ["dashboard"],
  commander: ["cli"],
  ws: ["dashboard"],
  preact: ["dashboard/page"],
  three: ["dashboard/page"],
  uplot: ["dashboard/page"],
};

const literally = (name) => name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/** Rooms, then the folders of theirs that own packages: the last rule for a file counts. */
const places = [
  ...Object.keys(mayImport),
  ...new Set(
    Object.values(ownersOf)
      .flat()
      .filter((owner) => owner.includes("/")),
  ),
];
const roomRules = places.map((place) => {
  const [room] = place.split("/");
  const allowed = mayImport[room];
  const rooms = Object.keys(mayImport);
  const forbidden =
    allowed === "all" ? [] : rooms.filter((r) => r !== room && !allowed.includes(r));
  const packages = Object.entries(ownersOf).filter(
    ([, owners]) => !owners.includes(room) && !owners.includes(place),
  );
  const patterns = packages.map(([name, owners]) => ({
    regex: `^${literally(name)}(/|$)`,
    message: `only src/${owners.join(", src/")} imports ${name}`,
  }));
  if (forbidden.length > 0)
    patterns.push({
      regex: `^(\\.\\./)+(${forbidden.join("|")})/`,
      message: `src/${room}/ may not import this room (see ARCHITECTURE.md, Rooms)`,
    });
  return {
    files: [`src/${place}/**`],
    rules: { "no-restricted-imports": ["error", { patterns }] },
  };
});

export default defineConfig({
  options: { typeAware: true },
  plugins: ["typescript", "import", "unicorn", "oxc", "vitest"],
  categories: { correctness: "error" },
  rules: {
    "import/no-cycle": ["error", { ignoreTypes: false }],
    "import/no-default-export": "error",
    "unicorn/filename-case": ["error", { case: "kebabCase" }],
    "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
    "typescript/no-floating-promises": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "no-console": "error",
    "no-restricted-globals": [
      "error",
      ...["Date", "performance", "setTimeout", "setInterval"].map((name) => ({
        name,
        message: "time comes from core/clock",
      })),
    ],
  },
  overrides: [
    ...roomRules,
    { files: ["src/core/clock.ts", "test/**"], rules: { "no-restricted-globals": "off" } },
    { files: ["src/cli/**", "test/bench/**"], rules: { "no-console": "off" } },
    { files: ["**/*.config.ts"], rules: { "import/no-default-export": "off" } },
  ],
});
