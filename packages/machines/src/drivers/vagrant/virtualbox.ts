/** An interface of a machine that VirtualBox bridges to the host's network. */
export interface BridgedNic {
  /** 1 is Vagrant's NAT. */
  readonly slot: number;
  /** The host's interface, as VirtualBox calls it. */
  readonly adapter: string;
  readonly mac: string;
  readonly isPlugged: boolean;
}

/**
 * Of `VBoxManage showvminfo NAME --machinereadable`. Looked at after each start: where the interface that the
 * Vagrantfile names is not there and the host has only one other, Vagrant takes that without a word.
 */
export function parseBridgedNics(output: string): readonly BridgedNic[] {
  const values = parseValues(output);
  return [...values].flatMap(([key, value]) => {
    const slot = /^nic(\d+)$/.exec(key)?.[1];
    if (slot === undefined || value !== "bridged") return [];
    return [
      {
        slot: Number(slot),
        adapter: values.get(`bridgeadapter${slot}`) ?? "",
        mac: withColons(values.get(`macaddress${slot}`) ?? ""),
        isPlugged: values.get(`cableconnected${slot}`) === "on",
      },
    ];
  });
}

function parseValues(output: string): ReadonlyMap<string, string> {
  const lines = output.split(/\r?\n/).map((line) => /^"?([^"=]+)"?=(?:"(.*)"|(.*))$/.exec(line));
  return new Map(lines.flatMap((match) => (match === null ? [] : [[match[1] ?? "", match[2] ?? match[3] ?? ""]])));
}

function withColons(mac: string): string {
  return (mac.toLowerCase().match(/../g) ?? []).join(":");
}

/** An interface of the host that VirtualBox can bridge to. */
export interface BridgeableInterface {
  readonly name: string;
  readonly address: string;
  readonly mac: string;
  readonly isWireless: boolean;
  readonly isUp: boolean;
}

/** Of `VBoxManage list bridgedifs`: blocks of `Key:   value`. */
export function parseBridgeableInterfaces(output: string): readonly BridgeableInterface[] {
  return output.split(/\r?\n\s*\r?\n/).flatMap((block) => {
    const lines = block.split(/\r?\n/).map((line) => /^([A-Za-z]\w*):\s*(.*?)\s*$/.exec(line));
    const values = new Map(lines.map((match) => [match?.[1], match?.[2] ?? ""]));
    const name = values.get("Name");
    if (name === undefined) return [];
    return [
      {
        name,
        address: values.get("IPAddress") ?? "",
        mac: (values.get("HardwareAddress") ?? "").toLowerCase(),
        isWireless: values.get("Wireless") === "Yes",
        isUp: values.get("Status") === "Up",
      },
    ];
  });
}

/** What VirtualBox calls the host's uplink: "en0: Wi-Fi" on macOS, "Intel(R) Wi-Fi 6 AX201" on Windows. */
export function bridgeFor(
  uplink: { readonly address: string; readonly mac?: string },
  interfaces: readonly BridgeableInterface[],
): BridgeableInterface | undefined {
  const mac = uplink.mac?.toLowerCase();
  return interfaces.find(({ address }) => address === uplink.address) ?? interfaces.find((one) => one.mac === mac);
}
