import { linkKind } from "../src/link-kind.js";
import { isVif } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("link-kind");
const none = { device: false, wireless: false };

test("a TUN device is recognized by its flags where ip does not report it", () => {
  assert.is(linkKind({ link_type: "none" }, { ...none, tunFlags: "0x1001" }), "tun");
  assert.is(linkKind({ link_type: "ether" }, { ...none, tunFlags: "0x1802" }), "tap");
});

test("tunnels, and what a newer kernel calls otherwise, may lead anywhere", () => {
  for (const kind of ["gre", "ipip", "vti", "xfrm", "vxlan", "ovpn", "amneziawg"]) {
    assert.is(linkKind({ link_type: "none", linkinfo: { info_kind: kind } }, none), "tunnel", kind);
  }
  assert.is(linkKind({ link_type: "none", linkinfo: { info_kind: "newvpn" } }, none), "tunnel");
  assert.is(linkKind({ link_type: "none" }, none), "tunnel");
});

test("hardware is no tunnel, whatever its link layer", () => {
  assert.is(linkKind({ link_type: "none" }, { ...none, device: true }), "mobile");
  assert.is(linkKind({ link_type: "ether" }, { ...none, device: true }), "wired");
  assert.is(linkKind({ link_type: "ether" }, { ...none, device: true, wireless: true }), "wifi");
  assert.is(linkKind({ link_type: "ether" }, none), "other");
});

test("a TAP device in a bridge is a virtual machine's cable, alone it is a VPN's", () => {
  assert.is(isVif({ kind: "tap" }), true);
  assert.is(isVif({ kind: "tap", master: "br0" }), false);
  assert.is(isVif({ kind: "tun", master: "br0" }), true);
});

test.run();
