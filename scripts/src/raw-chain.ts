import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { readCluster } from "@k3s-lab/cluster";
import { type Lab } from "@k3s-lab/lab";
import { systemDir } from "@k3s-lab/host";
import { openDriver, readMachines } from "@k3s-lab/machines";
import { readRegistry, serves } from "@k3s-lab/registry";
import { $ } from "zx/core";
import { time } from "./time.js";

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
 * files in place. At the end the machines are ended; the next lab:down removes what is left.
 */
export async function rawChain(lab: Lab, image: string): Promise<RawTimes> {
  const machines = readMachines(lab)?.machines ?? [];
  const [cluster, registry] = [readCluster(lab), readRegistry(lab)];
  if (cluster === undefined || registry === undefined) throw new Error("the lab is not up");
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfig };
  const raw = $({ quiet: true, env });
  const kubectl = (...args: readonly string[]) => raw`${join(cluster.folder, cluster.binary.name)} kubectl ${args}`;
  const server = registry.node;
  const agents = machines.filter(({ role }) => role === "agent").map(({ name }) => name);
  const names = [server, ...agents];
  const path = join(systemDir, lab.id, "machines");
  const inAll = (of: readonly string[], argv: readonly string[]) =>
    Promise.all(of.map((name) => raw`lxc-attach -P ${path} -n ${name} --clear-env -- ${argv}`));
  const copy = (name: string) =>
    raw`skopeo --insecure-policy copy --dest-tls-verify=false ${image} docker://${registry.host}/${name}`;

  const push = await time(() => copy("raw:1"));
  const look = await time(() =>
    Promise.all([...names.map((name) => raw`lxc-info -P ${path} -n ${name} -s`), kubectl("get", "nodes")]),
  );
  const objects = await kubectl("-n", "kube-system", "get", "deployment,service", "kube-registry", "-o", "json");
  const manifest = asWritten(objects.stdout);
  await inAll(names, ["sh", "-c", forgetScript]);
  const driver = openDriver(lab);
  await Promise.all(names.map((name) => driver.stop(name)));

  const up = await time(async () => {
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
      input: `${config.stdout.replace("127.0.0.1", new URL(cluster.server).hostname)}`,
    });
    await applied`cat > ${cluster.kubeconfig}`;
    for (const name of names) await kubectl("wait", "--for=create", `node/${name}`, "--timeout=60s");
    await kubectl("wait", "--for=condition=Ready", "node", "--all", "--timeout=60s");
    await $({ quiet: true, env, input: manifest })`${join(cluster.folder, cluster.binary.name)} kubectl apply -f -`;
    await kubectl("-n", "kube-system", "rollout", "status", "deployment/kube-registry", "--timeout=60s");
    await kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=60s");
    while (!(await serves(registry.endpoint))) await delay(50);
    await copy("raw:1");
    await inAll(names, [k3s, "crictl", "pull", `${registry.name}/raw:1`]);
  });
  const down = await time(() => Promise.all(names.map((name) => raw`lxc-stop -P ${path} -n ${name} -k`)));
  return { up, look, push, down };
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
