import { startFailure } from "../../../src/drivers/lxc/log.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines lxc log");

// As LXC 5.0.2 has written it.
const log = `lxc-start multi 20261124192248.539 ERROR    confile - ../src/lxc/confile.c:get_config_unsupported_key:170 - Invalid argument - Unsupported config key "lxc.seccomp"
lxc-start multi 20261124193315.336 ERROR    network - ../src/lxc/network.c:netdev_configure_server_veth:711 - No such file or directory - Failed to attach "k3l2a64864bd77" to bridge "br0", bridge interface doesn't exist
lxc-start multi 20261124193315.358 ERROR    network - ../src/lxc/network.c:lxc_create_network_priv:3427 - No such file or directory - Failed to create network device
lxc-start multi 20261124193315.358 ERROR    start - ../src/lxc/start.c:lxc_spawn:1840 - Failed to create the network
lxc-start multi 20261124193315.358 WARN     start - ../src/lxc/start.c:lxc_abort:1036 - No such process - Failed to send SIGKILL`;

test("the first errors are the cause", () => {
  assert.is(
    startFailure(log),
    'No such file or directory - Failed to attach "k3l2a64864bd77" to bridge "br0", bridge interface doesn\'t exist; ' +
      "No such file or directory - Failed to create network device",
  );
});

test("a log without errors explains nothing", () => {
  assert.is(startFailure(""), undefined);
  assert.is(startFailure(log.split("\n")[0] ?? ""), undefined);
});

test.run();
