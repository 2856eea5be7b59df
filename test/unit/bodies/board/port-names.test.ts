// The three systems' names of ports and their refusals, in the words of serialport 13's bindings.
import { describe, expect, test } from "vitest";
import {
  explainRefusal,
  noPortAdvice,
  openedPath,
} from "../../../../src/bodies/board/port-names.ts";

describe("the name of a port", () => {
  test.each([
    ["darwin", "/dev/tty.usbmodem1101", "/dev/cu.usbmodem1101"],
    ["darwin", "/dev/cu.usbserial-10", "/dev/cu.usbserial-10"],
    ["win32", "com3", "COM3"],
    ["win32", String.raw`\\.\COM12`, "COM12"],
    ["linux", "/dev/ttyACM0", "/dev/ttyACM0"],
    ["linux", "/dev/serial/by-id/usb-Arduino-if00", "/dev/serial/by-id/usb-Arduino-if00"],
  ] as const)("on %s %s is opened as %s", (platform, written, opened) => {
    expect(openedPath(written, platform)).toBe(opened);
    expect(openedPath(opened, platform)).toBe(opened);
  });
});

describe("a refusal", () => {
  test.each([
    [
      "linux",
      "Error: Permission denied, cannot open /dev/ttyACM0",
      "sudo usermod -aG dialout $USER",
    ],
    ["darwin", "Error Permission denied Cannot open /dev/cu.usbmodem1", "ls -l shows who may"],
    ["win32", "Opening COM3: Access denied", "is in use; close the other program"],
    ["linux", "Error Resource temporarily unavailable Cannot lock port", "is in use"],
    ["darwin", "Error Resource busy Cannot open /dev/cu.usbmodem1", "is in use"],
    ["win32", "Opening COM7: File not found", "does not exist; efference find-port"],
    ["win32", "Opening COM7: Unknown error code 433", "does not exist"],
    ["linux", "Error: No such file or directory, cannot open /dev/ttyACM9", "does not exist"],
    ["win32", "Opening COM3: Unknown error code 31", "reinstall the driver"],
    ["win32", "Opening COM3: Unknown error code 314", "as a serial port: Opening COM3: Unknown"],
    ["linux", "Inappropriate ioctl for device", "can't be opened as a serial port: Inappropriate"],
  ] as const)("on %s, %j, says what to do", (platform, message, advice) => {
    expect(explainRefusal(message, platform)).toContain(advice);
  });

  test("tells nobody but on Linux of groups", () => {
    for (const platform of ["win32", "darwin"] as const)
      expect(explainRefusal("Permission denied", platform)).not.toContain("usermod");
  });
});

test("where no port is there, each system has its own first suspect", () => {
  expect(noPortAdvice("win32")).toContain("Device Manager");
  expect(noPortAdvice("darwin")).toContain("allow the accessory");
  expect(noPortAdvice("linux")).toContain("WSL");
});
