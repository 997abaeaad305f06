// A workload of two replicas on different nodes that answers, while K3s is replaced below it, to a client on the host and to one in a
// pod's network.
import { join } from "node:path";
import { readFileSync } from "node:fs";
import type { RunOptions } from "@k3s-lab/exec";
import type { EmulatedHost } from "@k3s-lab/testbed";
import { type DrivenLab, eventually, modulesBuild } from "./drive-lab.js";

export interface Asking {
  readonly host: Pick<EmulatedHost, "run" | "background">;
  readonly lab: DrivenLab;
  /** For every command of the lab. */
  readonly options?: RunOptions;
}

interface Nodes {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly unschedulable?: boolean };
    readonly status: { readonly nodeInfo: { readonly kubeletVersion: string } };
  }[];
}

/** What each node runs, and whether it is cordoned: "v1.34.5+k3s0001 cordoned". */
export async function kubelets({ lab, options }: Asking): Promise<Readonly<Record<string, string>>> {
  const { items } = JSON.parse(await lab.npmOk("kubectl", ["get", "nodes", "--output=json"], options)) as Nodes;
  return Object.fromEntries(
    items.map(({ metadata, spec, status }) => [
      metadata.name,
      `${status.nodeInfo.kubeletVersion}${spec.unschedulable === true ? " cordoned" : ""}`,
    ]),
  );
}

/** The registry's own program, which every node has by then: two of it, on different nodes, and away from the server at first. Where two nodes
 * are drained at once, it is the budget that keeps one of them. */
const web = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - { topologyKey: kubernetes.io/hostname, labelSelector: { matchLabels: { app: web } } }
        nodeAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 100
              preference: { matchExpressions: [{ key: kubernetes.io/hostname, operator: NotIn, values: [multi] }] }
      containers:
        - name: web
          image: acme/web:1
          imagePullPolicy: Never
          readinessProbe: { httpGet: { path: /v2/, port: 5000 }, periodSeconds: 1 }
          lifecycle: { preStop: { sleep: { seconds: 5 } } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 8080, targetPort: 5000 }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { minAvailable: 1, selector: { matchLabels: { app: web } } }
`;

/** Asks without an end, each time by a connection of its own, and writes a line for each answer. */
const client = (url: string, file: string) => `
  const { appendFileSync } = require("node:fs");
  const { get } = require("node:http");
  const answer = () => new Promise((resolve) => {
    const request = get("${url}", { agent: false, timeout: 3000 }, (response) => {
      response.resume().on("end", () => resolve(String(response.statusCode)));
    });
    request.on("timeout", () => request.destroy(new Error("no answer in 3 s"))).on("error", ({ message }) => resolve(message));
  });
  (async () => {
    for (let first = true; ; first = false) {
      appendFileSync("${file}", new Date().toISOString() + " " + (await answer()) + "\\n");
      if (first) console.log("asking");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();`;

/** The same in bash, from the network of a pod of the server. */
const podClient = (address: string) => `
  network=$(ls -tr /run/netns/cni-* | head -n1)
  ask() { timeout 3 bash -c 'exec 3<>/dev/tcp/${address}/8080 && printf "GET /v2/ HTTP/1.0\\r\\n\\r\\n" >&3 && head -n1 <&3'; }
  export -f ask
  exec nsenter --net="$network" bash -c 'while :; do echo "$(date +%T.%N) $(ask 2>&1)" >>/tmp/answers; sleep 0.1; done'`;

/** Lines other than those of an answer. */
const failures = (lines: readonly string[]) => lines.filter((line) => !/ (200|HTTP\/1\.[01] 200 OK)\r?$/.test(line));

/** Makes the workload and waits until it answers; resolves with what asks it all the time. */
export async function startWeb(asking: Asking): Promise<WebClients> {
  const { host, lab, options } = asking;
  const kubectl = (...args: readonly string[]) => lab.npmOk("kubectl", args, options);
  const inServer = (script: string) => lab.npmOk("lab:exec", ["multi", "bash", "-c", script], options);
  const arch = process.arch === "arm64" ? "arm64" : "amd64";
  const { folder } = await modulesBuild();
  await lab.npmOk("load", [join(folder, `k3s-airgap-registry-${arch}.tar`), "--name", "acme/web:1"], options);
  await lab.npmOk("kubectl", ["apply", "-f", "-"], { ...options, input: web });
  await kubectl("rollout", "status", "deployment/web", "--timeout=120s");
  const { server } = lab.state<{ server: string }>("cluster.json");
  const url = `http://${new URL(server).hostname}:8080/v2/`;
  await eventually("the address of the Service answers", async () => {
    const status = `fetch("${url}").then(({ status }) => console.log(status))`;
    return (await host.run(process.execPath, ["-e", status], { answers: "any" })).stdout.trim() === "200";
  });
  const address = (await kubectl("get", "service", "web", "--output=jsonpath={.spec.clusterIP}")).trim();
  const script = Buffer.from(podClient(address)).toString("base64");
  await inServer(`echo ${script} | base64 -d >/tmp/client; systemd-run --quiet --unit=client bash /tmp/client`);
  const answers = join(lab.dir, "answers");
  const onHost = await host.background(process.execPath, ["-e", client(url, answers)], { ready: /asking/ });
  return {
    async end() {
      await onHost[Symbol.asyncDispose]();
      await inServer("systemctl stop client");
      const ofHost = readFileSync(answers, "utf8").trim().split("\n");
      const ofPod = (await inServer("cat /tmp/answers")).trim().split("\n");
      console.log(`answers: ${ofHost.length} to the host, ${ofPod.length} to a pod`);
      return { answers: [ofHost.length, ofPod.length], failures: [...failures(ofHost), ...failures(ofPod)] };
    },
    [Symbol.asyncDispose]: () => onHost[Symbol.asyncDispose](),
  };
}

export interface WebClients extends AsyncDisposable {
  /** Ends both; resolves with how many answers each has had, and with what was no answer. */
  end(): Promise<{ readonly answers: readonly [number, number]; readonly failures: readonly string[] }>;
}
