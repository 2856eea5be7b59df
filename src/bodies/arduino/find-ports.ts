// The serial ports of this machine that a board may be at, told by their USB ids. On Linux they are read from
// sysfs: serialport's own list starts udevadm there, and where that is missing the process dies of an error that
// nobody can catch.
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { BodyError } from "../../core/errors.ts";
import { noPortAdvice, openedPath } from "../board/port-names.ts";

export interface FoundPort {
  /** As it is opened: /dev/ttyACM0, /dev/cu.usbmodem1101, COM3. */
  readonly path: string;
  /** USB ids, four hexadecimal digits. */
  readonly vendorId?: string;
  readonly productId?: string;
  /** What the device calls itself. */
  readonly product?: string;
  /** Of the device; most clones have none. */
  readonly serialNumber?: string;
  /** What it looks like, where the vendor makes boards or their bridges. */
  readonly looksLike?: string;
}

const VENDORS: Readonly<Record<string, string>> = {
  "2341": "an Arduino",
  "2a03": "an Arduino",
  "1a86": "a board with a CH340 bridge (Nano, clones of the Uno)",
  "0403": "a board with an FTDI bridge (old Nano)",
  "10c4": "a board with a CP210x bridge",
  "067b": "a board with a PL2303 bridge",
};
const UNO_PRODUCTS: Readonly<Record<string, string>> = {
  "0001": "an Arduino Uno",
  "0043": "an Arduino Uno R3",
  "0243": "an Arduino Uno R3",
};

const looksLike = (vendorId = "", productId = ""): string | undefined => {
  const words = VENDORS[vendorId];
  return words === "an Arduino" ? (UNO_PRODUCTS[productId] ?? words) : words;
};

type Raw = Omit<FoundPort, "looksLike">;

const described = (ports: readonly Raw[]): FoundPort[] =>
  ports.map((port) => {
    const words = looksLike(port.vendorId, port.productId);
    return words === undefined ? port : { ...port, looksLike: words };
  });

const readWord = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined; // not every device has every file
  }
};

/** The USB device that a terminal's driver hangs below: its interface's parent, or one further up. */
const usbFolder = (folder: string, levels = 4): string | undefined => {
  if (levels === 0 || readWord(join(folder, "idVendor")) !== undefined)
    return levels === 0 ? undefined : folder;
  return usbFolder(dirname(folder), levels - 1);
};

/** Terminals on USB, from sysfs. @param root of the file system, for tests */
export const listLinuxPorts = (root = "/"): FoundPort[] => {
  const folder = join(root, "sys/class/tty");
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : [];
  const raw = names.flatMap((name): Raw[] => {
    let device: string;
    try {
      device = realpathSync(join(folder, name, "device"));
    } catch {
      return []; // a console: no device behind it
    }
    const usb = usbFolder(device);
    if (usb === undefined) return [];
    const product = readWord(join(usb, "product"));
    const serialNumber = readWord(join(usb, "serial"));
    return [
      {
        path: `/dev/${name}`,
        vendorId: readWord(join(usb, "idVendor"))!.toLowerCase(),
        productId: readWord(join(usb, "idProduct"))?.toLowerCase() ?? "",
        ...(product !== undefined && { product }),
        ...(serialNumber && { serialNumber }),
      },
    ];
  });
  return described(raw);
};

interface Listed {
  readonly path: string;
  readonly vendorId?: string | undefined;
  readonly productId?: string | undefined;
  readonly manufacturer?: string | undefined;
  readonly serialNumber?: string | undefined;
}

/** What serialport lists on macOS and Windows, as it should be opened. */
export const listedPorts = (ports: readonly Listed[], platform: NodeJS.Platform): FoundPort[] =>
  described(
    ports.map(({ path, vendorId, productId, manufacturer, serialNumber }) => ({
      path: openedPath(path, platform),
      ...(vendorId !== undefined && { vendorId: vendorId.toLowerCase() }),
      ...(productId !== undefined && { productId: productId.toLowerCase() }),
      ...(manufacturer !== undefined && { product: manufacturer }),
      ...(serialNumber && { serialNumber }),
    })),
  );

/** All serial ports on USB; on macOS and Windows also others. */
export const findPorts = async (): Promise<FoundPort[]> => {
  if (process.platform === "linux") return listLinuxPorts();
  const { SerialPort } = await import("serialport");
  return listedPorts(await SerialPort.list(), process.platform);
};

export const portLine = ({ path, looksLike: words, product, vendorId }: FoundPort): string =>
  `${path} (${words ?? product ?? (vendorId === undefined ? "no USB device" : `USB vendor ${vendorId}`)})`;

/** The path of the only board. @throws BodyError for none, or several */
export const onlyBoard = (ports: readonly FoundPort[]): string => {
  const boards = ports.filter((port) => port.looksLike !== undefined);
  const [board, ...others] = boards;
  if (board !== undefined && others.length === 0) return board.path;
  throw new BodyError(
    board === undefined
      ? `found no board at any USB port; ${noPortAdvice(process.platform)}; and see efference find-port`
      : `found ${boards.length} boards: ${boards.map(portLine).join(", ")}; say which with --port`,
  );
};
