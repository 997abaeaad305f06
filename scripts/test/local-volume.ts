// A volume of local-path on agent1, with a pod that has it and runs an image of the lab's own registry.
import { join } from "node:path";
import type { Pod } from "@k3s-lab/kube";
import { type DrivenLab, eventually, modulesBuild } from "./drive-lab.js";

const image = "acme/user:1";

const objects = JSON.stringify({
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Mi" } } },
    },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "user" },
      spec: {
        terminationGracePeriodSeconds: 0,
        nodeSelector: { "kubernetes.io/hostname": "agent1" },
        containers: [
          { name: "user", image: `multi:5000/${image}`, volumeMounts: [{ name: "data", mountPath: "/data" }] },
        ],
        volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
      },
    },
  ],
});

/** Where agent1 has the volume. */
export const volumeFolder = "/var/lib/rancher/k3s/storage/*_default_data";

/** Pushes the image, and resolves when the pod runs. */
export async function useVolume(lab: DrivenLab): Promise<void> {
  const { folder } = await modulesBuild();
  const arch = process.arch === "arm64" ? "arm64" : "amd64";
  await lab.npmOk("push", [join(folder, `k3s-airgap-registry-${arch}.tar`), "--name", image]);
  await lab.npmOk("kubectl", ["apply", "--filename=-"], { input: objects });
  await usesVolume(lab);
}

/** Resolves when the pod runs. */
export async function usesVolume(lab: DrivenLab): Promise<void> {
  await eventually(
    "the pod runs, by an image from the registry",
    async () => (await lab.kubectlJson<Pod>("get", "pod", "user")).status?.phase === "Running",
  );
}
