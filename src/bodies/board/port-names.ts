// What the three systems call a serial port, and what they mean when they refuse it. On each of them opening a port
// raises DTR, which resets an Uno, as serialport leaves `hupcl` on; a port that was not closed since, or a cut trace
// on the board, gives no reset, and costs a wait (await-boot.ts).
const TTY = /^\/dev\/tty\./;
const DEVICE_NAMESPACE = /^\\\\[.?]\\/;

type Platform = NodeJS.Platform;

/** The name by which a port is opened there, however it was written. */
export const openedPath = (path: string, platform: Platform): string => {
  // macOS: /dev/tty.* waits for a carrier that no board gives.
  if (platform === "darwin") return path.replace(TTY, "/dev/cu.");
  // Windows: serialport puts \\.\ before it, without which COM10 and up don't exist.
  if (platform === "win32") return path.replace(DEVICE_NAMESPACE, "").toUpperCase();
  return path;
};

const MISSING = /no such file|file not found|ENOENT|ENXIO|no such device|error code (3|433)\b/i;
const TAKEN = /lock port|busy|EBUSY|temporarily unavailable/i;
const DENIED = /permission denied|EACCES|access denied/i;
/** ERROR_GEN_FAILURE and ERROR_SEM_TIMEOUT of Windows: the driver, or what it drives, hangs. */
const HUNG = /error code (31|121)\b/;

const IN_USE =
  "is in use; close the other program (an Arduino IDE's serial monitor, another Efference)";

/** Why a port could not be opened and what to do, from what the system said. */
export const explainRefusal = (message: string, platform: Platform): string => {
  if (MISSING.test(message)) return "does not exist; efference find-port lists those that do";
  if (TAKEN.test(message)) return IN_USE;
  if (DENIED.test(message)) {
    // Windows has no permissions for ports: it denies the second who opens one.
    if (platform === "win32") return IN_USE;
    return platform === "linux"
      ? "may not be opened by you; join its group (ls -l shows it: dialout on Debian, uucp on Arch), then " +
          "log in anew: sudo usermod -aG dialout $USER"
      : "may not be opened by you; ls -l shows who may";
  }
  if (HUNG.test(message))
    return "does not answer its driver; unplug the board, plug it in again, or reinstall the driver of its bridge";
  return `can't be opened as a serial port: ${message}`;
};

/** What may be wrong where a board is plugged in and no port is there. */
export const noPortAdvice = (platform: Platform): string => {
  const cable = "plug it in with a cable that carries data";
  if (platform === "win32")
    return `${cable}; if Device Manager shows it with a mark, install the driver of its bridge (CH340, CP210x, FTDI)`;
  if (platform === "darwin")
    return `${cable}, and allow the accessory where macOS asks; old systems need the driver of a CH340`;
  return `${cable}; in a virtual machine or WSL, hand the USB device over to it first`;
};
