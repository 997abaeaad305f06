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
 * Parses `VBoxManage showvminfo NAME --machinereadable`. Checked after each start: if the interface that the Vagrantfile
 * names is missing and the host has only one other, Vagrant silently takes that.
 */
export function parseBridgedNics(output: string): readonly BridgedNic[] {
  const lines = output.split(/\r?\n/).map((line) => /^"?([^"=]+)"?=(?:"(.*)"|(.*))$/.exec(line));
  const values = new Map(lines.map((match) => [match?.[1] ?? "", match?.[2] ?? match?.[3] ?? ""]));
  return [...values].flatMap(([key, value]) => {
    const slot = /^nic(\d+)$/.exec(key)?.[1];
    if (slot === undefined || value !== "bridged") return [];
    return [
      {
        slot: Number(slot),
        adapter: values.get(`bridgeadapter${slot}`) ?? "",
        mac: (values.get(`macaddress${slot}`)?.toLowerCase().match(/../g) ?? []).join(":"),
        isPlugged: values.get(`cableconnected${slot}`) === "on",
      },
    ];
  });
}

/** An interface of the host that VirtualBox can bridge to. */
export interface BridgeableInterface {
  /** As VirtualBox calls it: "en0: Wi-Fi" on macOS, "Intel(R) Wi-Fi 6 AX201" on Windows. */
  readonly name: string;
  readonly address: string;
}

/** Parses `VBoxManage list bridgedifs`: blocks of `Key:   value`. */
export function parseBridgeableInterfaces(output: string): readonly BridgeableInterface[] {
  return output.split(/\r?\n\s*\r?\n/).flatMap((block) => {
    const valueOf = (key: string) => new RegExp(`^${key}:[ \\t]*(.*?)[ \\t]*$`, "m").exec(block)?.[1];
    const name = valueOf("Name");
    return name === undefined ? [] : [{ name, address: valueOf("IPAddress") ?? "" }];
  });
}

/** Finds the host's uplink among VirtualBox's interfaces: by its address, or else by its name. */
export function bridgeFor(
  uplink: { readonly hostAddress: string; readonly interface: string },
  interfaces: readonly BridgeableInterface[],
): BridgeableInterface | undefined {
  return (
    interfaces.find(({ address }) => address === uplink.hostAddress) ??
    interfaces.find(({ name }) => name === uplink.interface)
  );
}
