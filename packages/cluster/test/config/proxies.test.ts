import { parseCidr } from "@k3s-lab/ip";
import { sentencesOf } from "@k3s-lab/steps";
import {
  decideProxies,
  describeProxies,
  environmentIn,
  forgetProxies,
  type Loopback,
  notesOn,
  notesOnFirewall,
  notesOnWays,
  proxiesOf,
  proxiesRecord,
  proxyVariables,
} from "../../src/config/proxies.js";
import { managerOf, serviceOf, unitOf } from "../../src/config/service.js";
import { recordProxiesStep } from "../../src/steps/record-proxies.js";
import { emptyLab, network } from "../world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster proxies");
const inside = {
  subnet: parseCidr("10.76.0.0/24"),
  podCidr: parseCidr("10.42.0.0/16"),
  serviceCidr: parseCidr("10.43.0.0/16"),
  serverNode: "multi",
};
const own = "127.0.0.0/8,localhost,10.76.0.0/24,10.42.0.0/16,10.43.0.0/16,.svc,.cluster.local,.k3s-lab.internal,multi";
const nowhere: Loopback = { names: [], listeners: [], bridge: "10.76.0.1" };
const heard = (address: string, port = 3128): Loopback => ({ ...nowhere, listeners: [{ address, port }] });
const https = (url: string, loopback = nowhere) => decideProxies("auto", { HTTPS_PROXY: url }, loopback);

test("without a proxy nothing is set, not even what would be excepted from it", () => {
  assert.equal(proxyVariables(decideProxies("auto", { NO_PROXY: "intranet" }, nowhere), inside), {});
  assert.equal(proxyVariables(decideProxies("auto", { HTTP_PROXY: "" }, nowhere), inside), {});
  assert.equal(proxyVariables(decideProxies("none", { HTTP_PROXY: "http://p:1" }, nowhere), inside), {});
});

test("the lab is never asked through the caller's proxy", () => {
  const env = { https_proxy: "http://proxy:3128", no_proxy: "intranet, localhost" };
  assert.equal(proxyVariables(decideProxies("auto", env, nowhere), inside), {
    HTTPS_PROXY: "http://proxy:3128",
    NO_PROXY: `intranet,localhost,${own.replace(",localhost", "")}`,
  });
});

test("lab.yaml's proxies count more than the shell's", () => {
  const wanted = { http: "http://a:1", https: "http://b:2", noProxy: [".corp", "10.1.0.0/16"] };
  assert.equal(proxyVariables(decideProxies(wanted, { HTTPS_PROXY: "http://p:1" }, nowhere), inside), {
    HTTP_PROXY: "http://a:1",
    HTTPS_PROXY: "http://b:2",
    NO_PROXY: `.corp,10.1.0.0/16,${own}`,
  });
  assert.equal(decideProxies({ http: "http://a:1", noProxy: ".corp,x" }, {}, nowhere).noProxy, [".corp", "x"]);
});

test("a proxy on the host's loopback is reached by the bridge's address, if it listens there", () => {
  const rewritten: Readonly<Record<string, string>> = {
    "http://127.0.0.1:3128": "http://10.76.0.1:3128",
    "http://localhost:3128/": "http://10.76.0.1:3128/",
    "http://[::1]:3128": "http://10.76.0.1:3128",
    "http://u:p%40ss@127.0.1.1:3128": "http://u:p%40ss@10.76.0.1:3128",
    "127.0.0.1:3128": "10.76.0.1:3128",
    "http://localhost.:3128": "http://10.76.0.1:3128",
    "http://[::ffff:127.0.0.1]:3128": "http://10.76.0.1:3128",
    "socks5://LOCALHOST:3128": "socks5://10.76.0.1:3128",
    "http://0.0.0.0:3128": "http://10.76.0.1:3128",
  };
  for (const [url, reached] of Object.entries(rewritten)) {
    assert.is(https(url, heard("0.0.0.0")).https, reached);
    assert.is(https(url, heard("10.76.0.1")).https, reached);
    assert.is(https(url, heard("127.0.0.1")).https, undefined, url);
    assert.equal(https(url).leftOut, [{ name: "HTTPS_PROXY", url }]);
  }
  assert.is(https("http://127.0.0.1", heard("0.0.0.0", 80)).https, "http://10.76.0.1");
  assert.is(https("socks5://127.0.0.1", heard("0.0.0.0", 1080)).https, "socks5://10.76.0.1");
});

test("so is one by a name that the host has for its loopback; any other name stays", () => {
  const named = { ...heard("0.0.0.0"), names: ["laptop", "laptop.corp"] };
  assert.is(https("http://Laptop.corp:3128", named).https, "http://10.76.0.1:3128");
  assert.is(https("http://localhost.corp:3128", named).https, "http://localhost.corp:3128");
  assert.is(https("http://128.0.0.1:3128", named).https, "http://128.0.0.1:3128");
});

test("on the host's own LAN a proxy on its loopback is left out", () => {
  assert.is(https("http://127.0.0.1:3128", { ...heard("0.0.0.0"), bridge: undefined }).https, undefined);
});

test("what is left out is reported, with what to do, and without a password", () => {
  const [note = "", ...more] = notesOn(https("http://u:geheim@127.0.0.1:3128"), network.lan);
  assert.equal(more, []);
  assert.match(
    note,
    /^nodes go without HTTPS_PROXY: http:\/\/\[redacted\]@127\.0\.0\.1:3128 is the host's own loopback/,
  );
  assert.match(note, "10.76.0.1");
  assert.match(note, "npm run lab:up -- --take-proxies");
  assert.not.match(note, "geheim");
  const bridged = { kind: "bridge", bridge: "br0", subnet: inside.subnet, seed: "" } as const;
  assert.match(notesOn(https("http://127.0.0.1:3128"), bridged)[0] ?? "", "the host's address on the LAN");
  assert.equal(notesOn(https("http://proxy:3128"), network.lan), []);
});

test("a proxy that only a VPN leads to is reported; one by a name cannot be judged", () => {
  const notes = (url: string) =>
    notesOnWays(https(url), (address) => `${address === "10.50.0.8" ? "is behind tun0" : ""}` || undefined);
  assert.match(
    notes("http://me:geheim@10.50.0.8:3128").join(),
    /^nodes reach nothing through HTTPS_PROXY: 10\.50\.0\.8 is behind tun0\. .*network\.routes/,
  );
  assert.equal([...notes("http://10.9.0.8:3128"), ...notes("http://proxy.corp:3128")], []);
});

test("a proxy of the host that its firewall drops is reported, with what to do", () => {
  const dropped = (port: number) => (port === 3128 ? "ip filter INPUT" : undefined);
  const notes = (url: string) => notesOnFirewall(https(url, heard("0.0.0.0")), network.lan, dropped).join();
  assert.match(
    notes("http://me:geheim@127.0.0.1:3128"),
    /^nodes do not reach HTTPS_PROXY, 10\.76\.0\.1:3128: the host's firewall \(chain ip filter INPUT\) drops/,
  );
  assert.match(notes("127.0.0.1:3128"), "sudo ufw allow from 10.76.0.0/24 to any port 3128 proto tcp");
  assert.is(notes("http://10.76.0.1:8080"), "");
  assert.is(notes("http://proxy.corp:3128"), "");
});

test("proxies are recorded at the first run, and no other shell changes them", async () => {
  const lab = await emptyLab();
  const env = { HTTPS_PROXY: "http://u:geheim@proxy:3128" };
  const step = (of: NodeJS.ProcessEnv) => recordProxiesStep(lab, proxiesOf(lab, network.lan, of));
  assert.equal(await sentencesOf([step(env)]), ["record that nodes use HTTPS_PROXY http://[redacted]@proxy:3128"]);
  const decided = proxiesOf(lab, network.lan, env);
  lab.state.write(proxiesRecord, decided);
  for (const other of [{}, { HTTPS_PROXY: "http://other:1" }, env]) {
    assert.equal(proxiesOf(lab, network.lan, other), decided);
    assert.equal(await sentencesOf([step(other)]), []);
  }
  forgetProxies(lab);
  assert.equal(await sentencesOf([step({})]), ["record that nodes use no proxy"]);
});

test("where the record is lost, the server's own environment counts", () => {
  const variables = {
    HTTPS_PROXY: "http://me:p%40ss'w\"o$r\\d@proxy:3128",
    NO_PROXY: `intranet,${own}`,
    K3S_TOKEN_FILE: "/x",
  };
  const { HTTPS_PROXY, NO_PROXY } = variables;
  for (const serviceManager of ["systemd", "openrc"] as const) {
    const server = { role: "server", serviceManager } as const;
    const place = unitOf(server).environmentFile(serviceOf(server));
    const content = managerOf(server).environment(variables);
    const former = environmentIn((path) => (path === place ? content : undefined));
    assert.equal(former, variables, serviceManager);
    assert.equal(proxyVariables(decideProxies("auto", former ?? {}, nowhere), inside), { HTTPS_PROXY, NO_PROXY });
  }
  assert.is(
    environmentIn(() => undefined),
    undefined,
  );
});

test("another host.proxy in lab.yaml is decided again", async () => {
  const lab = await emptyLab();
  lab.state.write(proxiesRecord, https("http://proxy:3128"));
  const host = { ...lab.config.host, proxy: { https: "http://named:1" } };
  const changed = { ...lab, config: { ...lab.config, host } };
  assert.is(describeProxies(proxiesOf(changed, network.lan, {})), "HTTPS_PROXY http://named:1");
});

test.run();
