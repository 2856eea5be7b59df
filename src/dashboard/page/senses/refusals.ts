// Why a browser gives no microphone or camera, in words that say what to do. Its own are names of exceptions.

export type Device = "microphone" | "camera";

/** Whether this page may ask at all: browsers give devices to pages of the machine itself and to https only. */
export const mayAsk = (): boolean => isSecureContext && navigator.mediaDevices !== undefined;

export const NOT_HERE =
  "Browsers lend a microphone or a camera only to pages of their own machine: open this page there, by its 127.0.0.1 address.";

export const refusalOf = (device: Device, error: unknown): string => {
  const { name, message } = error as Error;
  switch (name) {
    case "NotAllowedError":
      return `The ${device} was refused. Allow it for this page in the browser's address bar (or in the system's privacy settings), and try again.`;
    case "NotFoundError":
    case "OverconstrainedError":
      return `This computer has no ${device}. Plug one in, and try again.`;
    case "NotReadableError":
    case "AbortError":
      return `The ${device} can't be opened: another program may be using it. Close that, and try again.`;
    case "NotSupportedError":
      return `This browser can't bring its ${device} to the rate that the robot needs. Chromium, Chrome or Edge can.`;
    default:
      return `The ${device} does not work here: ${message}`;
  }
};
