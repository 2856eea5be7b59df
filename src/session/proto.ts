// The messages of a session for which Foxglove has no schema of its own, as protobuf text. Every
// stamp in here is a double, which holds a whole number of nanoseconds exactly for 104 days; the
// stamp of the record itself is the MCAP log time. A field's number, once shipped, never changes.

export const EFFERENCE_PROTO = `
syntax = "proto3";
package efference;

// One reading of a sensor in its own unit: degrees Celsius, metres, newtons, or degrees a servo.
message Values {
  repeated double values = 1;
}

// Token ids: of one sample of a sensor (its marker first), or of the policy (sensor is empty).
message Tokens {
  string sensor = 1;
  repeated int32 ids = 2;
}

// Motion that the policy said in degrees, not in tokens: a row of all servos each 20 ms.
message Motion {
  repeated float delta_deg = 1;
}

// A named skill that started, ended, or was preempted by another.
message Act {
  string name = 1;
  string pace = 2;
  string phase = 3;
}

// One servo frame: what was asked for, and what the safety kernel let through.
message Action {
  bool fresh = 1; // whether the interpreter had a command for this frame
  repeated double target_deg = 2;
  repeated double applied_deg = 3;
  bool powered = 4;
  string mode = 5;
}

// A servo frame that reached the outputs, at the body's own stamp.
message Applied {
  double frame_ns = 1; // the stamp of its action
  bool powered = 2;
}

// The exact state of a simulated world: generalised positions, then velocities.
message State {
  repeated double values = 1;
}

// An order to the safety kernel: arm, park, estop, clear, limp.
message Order {
  string order = 1;
  string reason = 2;
}

// What the safety kernel limited, refused or stopped, and why.
message Safety {
  string reason = 1;
  string servo = 2;
  string detail = 3;
}

// A measurement of the run itself, such as a latency; the only thing two equal runs differ in.
message Meter {
  string name = 1;
  double value = 2;
}

// The bounds of an episode; outcome is success, failure, redo or, where nobody said, empty.
message Episode {
  int32 index = 1;
  string task = 2;
  string phase = 3;
  string outcome = 4;
}

// A person took over from the policy, or gave back.
message Takeover {
  string phase = 1;
}

// Who a sensor's samples come from, from now on; empty: its own source.
message Source {
  string sensor = 1;
  string lender = 2;
}

// A hand from outside moves a thing of the simulated world, at the world's own stamp; to: x, y, z in metres.
message Move {
  string object = 1;
  repeated double to = 2;
  double duration_ms = 3;
}

// What was spoken, for whoever teaches.
message Cue {
  string act = 1;
  string pace = 2;
  double start_ns = 3;
  double end_ns = 4;
  string speaker = 5;
}
`;
