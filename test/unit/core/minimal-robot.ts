// The smallest robot that is complete: two servos, every kind of section once.

export const SCENE = "<mujoco/>";

export const MINIMAL = `name: mini
scene: scene.xml
servos:
  - name: left
    pin: 9
    pulseUs: [500, 2500]
    angleDeg: [-90, 90]
    restDeg: 0
    maxSpeedDegPerS: 240
    maxAccelerationDegPerS2: 2000
  - name: right
    pin: 10
    pulseUs: [500, 2500]
    angleDeg: [-90, 90]
    restDeg: 0
    direction: -1
    maxSpeedDegPerS: 240
    maxAccelerationDegPerS2: 2000
limbs:
  arms: [left, right]
sensors:
  - name: ear
    kind: microphone
    rateHz: 16000
    codec: { type: voice }
  - name: eye
    kind: camera
    rateHz: 10
    width: 64
    height: 64
    codec: { type: patches, patch: 16 }
  - name: warmth
    kind: heat
    rateHz: 5
    range: [0, 100]
    codec: { type: uniform, levels: 64 }
acts:
  wave:
    says: wave
    keyframes:
      - { atMs: 400, poseDeg: { left: 60 } }
      - { atMs: 800, poseDeg: { left: -60, right: 10 } }
  stay: { hold: true }
  rest: { rest: true }
paces:
  normal: 1
  fast: 0.6
motion:
  codec: dct
  chunkMs: 500
  coefficients: 4
softStart: { speedDegPerS: 30, durationMs: 1500 }
timeouts: { holdMs: 250, restMs: 1000, limpMs: 5000 }
`;
