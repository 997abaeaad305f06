import { win32 } from "node:path";
import { shellWord } from "@k3s-lab/exec";

/** The system that the host runs, as Node reports it. */
export interface HostSystem {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function hostsFilePath({ platform, env }: HostSystem): string {
  if (platform !== "win32") return "/etc/hosts";
  return win32.join(env.SystemRoot ?? String.raw`C:\Windows`, "System32", "drivers", "etc", "hosts");
}

export interface Elevated {
  readonly command: readonly [program: string, ...args: string[]];
  /** What a person should know before the system asks. */
  readonly notice: string;
  /** What a person can do where the rights were not given: the beginning of a sentence. */
  readonly otherwise: string;
}

/** Gives a command an administrator's rights; `purpose` is the end of a sentence: "to add multi to /etc/hosts". */
export function elevated({ platform }: HostSystem, [program, ...args]: Elevated["command"], purpose: string): Elevated {
  if (platform === "win32") {
    return {
      command: [
        "powershell.exe",
        "-NoProfile",
        "-NonInteractive",
        "-EncodedCommand",
        startAsAdministrator(program, args),
      ],
      notice: `Windows asks in a window of its own for administrator rights ${purpose}.`,
      otherwise: "Run it again, and agree when Windows asks",
    };
  }
  const line = [program, ...args].map(shellWord).join(" ");
  return {
    command: ["sudo", "--", program, ...args],
    notice: `sudo may ask for your password ${purpose}: ${line}`,
    otherwise: `Run: sudo ${line}`,
  };
}

/** Encodes the script for PowerShell, in UTF-16 and base64: so no other quoting touches it. */
function startAsAdministrator(program: string, args: readonly string[]): string {
  const list = args.length === 0 ? "" : ` -ArgumentList ${powerShellString(args.map(windowsArgument).join(" "))}`;
  const start = `Start-Process -FilePath ${powerShellString(program)}${list} -Verb RunAs -WindowStyle Hidden -Wait -PassThru`;
  return Buffer.from(`$ErrorActionPreference = 'Stop'; exit (${start}).ExitCode`, "utf16le").toString("base64");
}

function powerShellString(text: string): string {
  // PowerShell takes typographic quotes for plain ones, too.
  return `'${text.replaceAll(/['‘’‚‛]/g, "$&$&")}'`;
}

/** Quotes an argument so that CommandLineToArgvW restores it. */
function windowsArgument(argument: string): string {
  if (argument !== "" && !/[\s"]/.test(argument)) return argument;
  return `"${argument.replaceAll(/(\\*)"/g, String.raw`$1$1\"`).replace(/(\\+)$/, "$1$1")}"`;
}
