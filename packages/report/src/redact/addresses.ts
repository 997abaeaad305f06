import { BlockList, isIPv4, isIPv6 } from "node:net";
import type { Rule } from "./rule.js";

/** Networks whose addresses tell nothing of who uses them. */
const ordinary = new BlockList();
for (const cidr of [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
]) {
  const [network = "", bits] = cidr.split("/");
  ordinary.addSubnet(network, Number(bits), "ipv4");
}
/** A network this large is no one's: "128.0.0.0/1" is how a VPN takes all traffic. */
const largest = { ipv4: 8, ipv6: 16 };

const octet = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const ipv4 = new RegExp(String.raw`(?<![\w.])(?:${octet}\.){3}${octet}(?!\d|\.\d)(\/\d{1,2}(?!\d))?`, "g");
/** The same between dashes, as providers name their hosts: ip-8-8-8-8. */
const dashed = new RegExp(
  String.raw`(?<![\w-])((?:ip|host|static|dynamic|cpe|ec2|pool)-)((?:${octet}-){3}${octet})(?![\d-])`,
  "gi",
);

const v4: Rule = (text, standIns) =>
  text
    .replaceAll(ipv4, (found, bits: string | undefined) => {
      const [address = ""] = found.split("/");
      if (ordinary.check(address) || (bits !== undefined && Number(bits.slice(1)) <= largest.ipv4)) return found;
      return standIns.for("public-ipv4", address) + (bits ?? "");
    })
    .replaceAll(dashed, (found, before: string, numbers: string) => {
      const address = numbers.replaceAll("-", ".");
      return ordinary.check(address) ? found : before + standIns.for("public-ipv4", address);
    });

const ipv6 =
  /(?<![\w:.])(?:[\da-f]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[\da-f]{0,4})(?![\w:])(%[\w.-]+)?(\/\d{1,3}(?!\d))?/gi;

const v6: Rule = (text, standIns) =>
  text.replaceAll(ipv6, (found, zone: string | undefined, bits: string | undefined) => {
    const [written = ""] = found.split(/[%/]/);
    if (!isIPv6(written) || (bits !== undefined && Number(bits.slice(1)) <= largest.ipv6)) return found;
    const groups = groupsOf(written);
    const inside = ipv4Within(groups);
    if (inside !== undefined)
      return ordinary.check(inside) ? found : standIns.for("public-ipv4", inside) + (bits ?? "");
    const address = groups.map((group) => group.toString(16)).join(":");
    return isPublic(groups) || holdsMac(groups)
      ? standIns.for("public-ipv6", address) + (zone ?? "") + (bits ?? "")
      : found;
  });

/** The eight groups of an address, however it is written. */
function groupsOf(written: string): readonly number[] {
  // URL writes the last two groups of "::ffff:8.8.8.8" as numbers, and leaves "::" in.
  const short = new URL(`http://[${written}]`).hostname.slice(1, -1);
  const [head = "", tail] = short.split("::");
  const parse = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const [first, last] = [parse(head), parse(tail ?? "")];
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - first.length - last.length }, () => 0);
  return [...first, ...zeros, ...last];
}

/** The IPv4 address in one that is mapped, or that NAT64 or 6to4 have made of it. */
function ipv4Within(groups: readonly number[]): string | undefined {
  const [a = 0, b = 0, c = 0] = groups;
  const text = (high = 0, low = 0) => [high >> 8, high & 255, low >> 8, low & 255].join(".");
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  const found =
    isMapped || (a === 0x64 && b === 0xff9b) ? text(groups[6], groups[7]) : a === 0x2002 ? text(b, c) : undefined;
  return found !== undefined && isIPv4(found) ? found : undefined;
}

function isPublic([first = 0, second = 0]: readonly number[]): boolean {
  const isDocumentation = first === 0x2001 && second === 0xdb8;
  return first >> 13 === 1 && !isDocumentation;
}

/** An interface that makes its own address puts its MAC address there, with ff:fe in the middle. */
function holdsMac([first = 0, , , , , fifth = 0, sixth = 0]: readonly number[]): boolean {
  const isOwn = first >> 6 === 0xfe80 >> 6 || first >> 9 === 0xfc00 >> 9;
  return isOwn && (fifth & 0xff) === 0xff && sixth >> 8 === 0xfe;
}

const mac = /(?<![\w:-])[\da-f]{2}(?:(?::[\da-f]{2}){5,19}|(?:-[\da-f]{2}){5,7})(?![\w:-])/gi;
/** The names that udev gives to cards by their MAC address. */
const namedByMac = /\b(en|wl|ww)x([\da-f]{12})\b/gi;
/** Nobody's own: zeros, broadcast, multicast. */
const nobodys = /^(?:00(?::00)+|ff(?::ff)+|33:33:.*|01:00:5e:.*|01:80:c2:.*)$/;

/** `kept`: those of the lab's own machines, which say nothing of the host. */
function macs(kept: ReadonlySet<string>): Rule {
  const replaceMac = (found: string, standIns: Parameters<Rule>[1]) => {
    const address = found.toLowerCase().replaceAll("-", ":");
    return nobodys.test(address) || kept.has(address) ? found : standIns.for("mac", address);
  };
  return (text, standIns) =>
    text
      .replaceAll(mac, (found) => replaceMac(found, standIns))
      .replaceAll(namedByMac, (_, before: string, digits: string) => {
        const address = digits.replaceAll(/..(?!$)/g, "$&:");
        return `${before}x${replaceMac(address, standIns)}`;
      });
}

/** Takes out public addresses and MAC addresses; private ones, which a maintainer needs, stay. */
export function addresses(kept: readonly string[]): readonly Rule[] {
  return [macs(new Set(kept.map((each) => each.toLowerCase()))), v6, v4];
}
