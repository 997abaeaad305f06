// The raw chain: frozen, so that times measured years apart can be compared. It knows nothing of the packages.
import { setTimeout as delay } from "node:timers/promises";
import { $ } from "zx/core";
import { measure } from "../src/measure.js";

/** A lab that is up, in the words of the raw tools. */
export interface RawLab {
  /** The folder that lxc keeps the containers in. */
  readonly containers: string;
  readonly server: string;
  /** "10.76.0.10" */
  readonly serverAddress: string;
  readonly agents: readonly string[];
  /** The K3s binary on the host. */
  readonly k3s: string;
  readonly kubeconfig: string;
  /** As pods call it: "multi:5000". */
  readonly registry: string;
  /** "http://10.76.0.10:5000" */
  readonly endpoint: string;
  /** Host and port of it. */
  readonly registryHost: string;
}

/** Milliseconds. */
export interface RawTimes {
  readonly up: number;
  readonly look: number;
  readonly push: number;
  readonly down: number;
}

const k3s = "/usr/local/bin/k3s";
const tokenOfAgents = "/etc/rancher/k3s/token";

/**
 * What the commands do, by the tools themselves, in the machines of a lab that is up: K3s starts from nothing, with its
 * files in place. At the end the machines are ended; the next lab:down removes what is left. `isUp` is called between what is
 * timed, while the machines run.
 */
export async function rawChain(lab: RawLab, image: string, isUp: () => void): Promise<RawTimes> {
  const { server, agents, containers: path } = lab;
  const env = { ...process.env, KUBECONFIG: lab.kubeconfig };
  const raw = $({ quiet: true, env });
  const kubectl = (...args: readonly string[]) => raw`${lab.k3s} kubectl ${args}`;
  const names = [server, ...agents];
  const inAll = (of: readonly string[], argv: readonly string[]) =>
    Promise.all(of.map((name) => raw`lxc-attach -P ${path} -n ${name} --clear-env -- ${argv}`));
  const copy = (name: string) =>
    raw`skopeo --insecure-policy copy --dest-tls-verify=false ${image} docker://${lab.registryHost}/${name}`;

  const push = await measure(() => copy("raw:1"));
  const look = await measure(() =>
    Promise.all([...names.map((name) => raw`lxc-info -P ${path} -n ${name} -s`), kubectl("get", "nodes")]),
  );
  const objects = await kubectl("-n", "kube-system", "get", "deployment,service", "kube-registry", "-o", "json");
  const manifest = asWritten(objects.stdout);
  await inAll(names, ["sh", "-c", forgetScript]);
  await inAll(names, ["sync"]);
  await Promise.all(names.map((name) => raw`lxc-stop -P ${path} -n ${name} -k`));

  const up = await measure(async () => {
    await Promise.all(names.map((name) => raw`lxc-start -P ${path} -n ${name} -d`));
    await inAll(names, [
      "sh",
      "-c",
      "until [ -S /run/systemd/private ]; do sleep 0.02; done; systemctl start network-online.target",
    ]);
    await inAll([server], ["systemctl", "start", "k3s"]);
    const token = await raw`lxc-attach -P ${path} -n ${server} -- cat /var/lib/rancher/k3s/server/agent-token`;
    for (const agent of agents) {
      await $({
        quiet: true,
        input: token.stdout,
      })`lxc-attach -P ${path} -n ${agent} -- sh -c ${`cat > ${tokenOfAgents}`}`;
    }
    await inAll(agents, ["systemctl", "start", "k3s-agent"]);
    // The certificates are new; the kubeconfig of before knows another CA.
    const config = await raw`lxc-attach -P ${path} -n ${server} -- cat /etc/rancher/k3s/k3s.yaml`;
    const applied = $({
      quiet: true,
      input: `${config.stdout.replace("127.0.0.1", lab.serverAddress)}`,
    });
    await applied`cat > ${lab.kubeconfig}`;
    for (const name of names) await kubectl("wait", "--for=create", `node/${name}`, "--timeout=60s");
    await kubectl("wait", "--for=condition=Ready", "node", "--all", "--timeout=60s");
    await $({ quiet: true, env, input: manifest })`${lab.k3s} kubectl apply -f -`;
    await kubectl("-n", "kube-system", "rollout", "status", "deployment/kube-registry", "--timeout=60s");
    await kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=60s");
    while (!(await answers(`${lab.endpoint}/v2/`))) await delay(50);
    await copy("raw:1");
    await inAll(names, [k3s, "crictl", "pull", `${lab.registry}/raw:1`]);
  });
  isUp();
  const down = await measure(() => Promise.all(names.map((name) => raw`lxc-stop -P ${path} -n ${name} -k`)));
  return { up, look, push, down };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** K3s as if it had never run here, with its own files and images left in place. */
const forgetScript = `
systemctl disable --now k3s k3s-agent 2>/dev/null
/usr/local/bin/k3s-killall.sh >/dev/null 2>&1
rm -rf /var/lib/rancher/k3s/server /var/lib/rancher/k3s/agent/containerd /var/lib/rancher/k3s/agent/*.* /etc/rancher/node
rm -rf /var/lib/kubelet/* 2>/dev/null; true`;

/** What kubectl printed, without what the cluster added that is of that cluster alone. */
function asWritten(list: string): string {
  const { items } = JSON.parse(list) as { items: readonly Record<string, Record<string, unknown>>[] };
  const written = items.map(({ apiVersion, kind, metadata = {}, spec }) => {
    const { clusterIP: _ip, clusterIPs: _ips, ...rest } = spec ?? {};
    const { name, namespace, labels } = metadata;
    return { apiVersion, kind, metadata: { name, namespace, labels }, spec: rest };
  });
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: written });
}
