// Which of a machine's serial ports are boards.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import {
  findPorts,
  listedPorts,
  listLinuxPorts,
  onlyBoard,
} from "../../../../src/bodies/arduino/find-ports.ts";
import { boardLine } from "../../../../src/bodies/arduino/board-line.ts";
import { byUnplugging } from "../../../../src/cli/find-port.ts";

const root = mkdtempSync(join(tmpdir(), "efference-sysfs-"));
afterAll(() => rmSync(root, { recursive: true }));

/** A terminal as the kernel shows it: a link into the tree of devices, with its driver so far below the USB device. */
const terminal = (name: string, below: readonly string[], usb?: Record<string, string>): void => {
  const top = join(root, "sys/devices", name);
  const device = join(top, ...below);
  mkdirSync(device, { recursive: true });
  for (const [file, text] of Object.entries(usb ?? {})) writeFileSync(join(top, file), `${text}\n`);
  mkdirSync(join(root, "sys/class/tty", name), { recursive: true });
  symlinkSync(device, join(root, "sys/class/tty", name, "device"));
};

test("reads Linux's boards from sysfs, without udevadm, and leaves out what is not on USB", () => {
  terminal("ttyACM0", ["1-1:1.0"], { idVendor: "2341", idProduct: "0043", product: "Uno" });
  terminal("ttyUSB0", ["1-2:1.0", "ttyUSB0"], { idVendor: "1a86", idProduct: "7523" });
  terminal("ttyUSB1", ["1-3:1.0", "ttyUSB1"], { idVendor: "dead", idProduct: "beef" });
  terminal("ttyS0", []);
  mkdirSync(join(root, "sys/class/tty/console"));
  expect(listLinuxPorts(root)).toEqual([
    {
      path: "/dev/ttyACM0",
      vendorId: "2341",
      productId: "0043",
      product: "Uno",
      looksLike: "an Arduino Uno R3",
    },
    {
      path: "/dev/ttyUSB0",
      vendorId: "1a86",
      productId: "7523",
      looksLike: "a board with a CH340 bridge (Nano, clones of the Uno)",
    },
    { path: "/dev/ttyUSB1", vendorId: "dead", productId: "beef" },
  ]);
});

test("a line to the only board leads to that board again, by whatever name, and to no other robot's", async () => {
  const uno = (path: string, serialNumber: string) => ({
    path,
    vendorId: "2341",
    productId: "0043",
    serialNumber,
    looksLike: "an Arduino Uno R3",
  });
  const listed = [[uno("/nowhere/A", "1")], [uno("/nowhere/B", "2")], [uno("/nowhere/C", "1")]];
  const line = boardLine("auto", async () => listed.shift()!);
  const opening = (): Promise<unknown> => line({ data: () => {}, closed: () => {} } as never);
  await expect(opening()).rejects.toThrow("/nowhere/A");
  await expect(opening()).rejects.toThrow("found no board");
  await expect(opening()).rejects.toThrow("/nowhere/C");
});

test("this machine's own ports can be listed, whether it has udevadm or not", async () => {
  expect(Array.isArray(await findPorts())).toBe(true);
});

test("names what macOS and Windows list as it is to be opened", () => {
  const onMac = [
    { path: "/dev/tty.usbmodem1101", vendorId: "2A03", productId: "0043", manufacturer: "Arduino" },
    { path: "/dev/tty.Bluetooth-Incoming-Port" },
  ];
  const onWindows = [{ path: "COM3", vendorId: "10C4", productId: "EA60" }];
  const listed = [...listedPorts(onMac, "darwin"), ...listedPorts(onWindows, "win32")];
  expect(listed.map(({ path }) => path)).toEqual([
    "/dev/cu.usbmodem1101",
    "/dev/cu.Bluetooth-Incoming-Port",
    "COM3",
  ]);
  expect(listed.map(({ looksLike }) => looksLike)).toEqual([
    "an Arduino Uno R3",
    undefined,
    "a board with a CP210x bridge",
  ]);
});

test("takes the only board, and says what to do about none or several", () => {
  const [uno, nano, other] = listLinuxPorts(root);
  expect(onlyBoard([uno!, other!])).toBe("/dev/ttyACM0");
  expect(() => onlyBoard([other!])).toThrow("found no board at any USB port; plug it in");
  expect(() => onlyBoard([uno!, nano!])).toThrow(
    "found 2 boards: /dev/ttyACM0 (an Arduino Uno R3), /dev/ttyUSB0 (a board with a CH340",
  );
});

test("finds the board whose cable was pulled", async () => {
  const ports = listLinuxPorts(root);
  const told: string[] = [];
  const search = (after: typeof ports) => {
    let list = ports;
    return byUnplugging({
      list: async () => list,
      tell: (line) => told.push(line),
      enter: async () => void (list = after),
    });
  };
  expect(await search(ports.slice(1))).toBe("/dev/ttyACM0");
  expect(told[0]).toContain("pull the board's USB cable");
  await expect(search(ports)).rejects.toThrow("0 ports went (none)");
  await expect(search([])).rejects.toThrow("3 ports went");
});
