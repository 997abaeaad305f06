/** Objects of the tests, as manifests: JSON is YAML too. */

const fromField = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });

export function container(args: readonly string[], more: object = {}): object {
  const env = [fromField("POD", "metadata.name"), fromField("NODE", "spec.nodeName")];
  return { name: "main", image: "testpod:1", imagePullPolicy: "IfNotPresent", args, env, ...more };
}

/** A pod on every node, that answers with its name and its node's. */
export function daemonSet(
  name: string,
  port: number,
  { hostPort, ...spec }: { readonly hostPort?: number; readonly [field: string]: unknown } = {},
) {
  const ports = hostPort === undefined ? {} : { ports: [{ containerPort: port, hostPort }] };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name, namespace: "default" },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { terminationGracePeriodSeconds: 0, containers: [container(["serve", `:${port}`], ports)], ...spec },
      },
    },
  };
}

export function service(name: string, app: string, port: number, targetPort: number, more: object = {}) {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default" },
    spec: { selector: { app }, ports: [{ port, targetPort }], ...more },
  };
}

export const manifest = (...objects: readonly object[]): string =>
  objects.map((object) => JSON.stringify(object)).join("\n---\n");
