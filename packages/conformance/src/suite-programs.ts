/** A program of the suite, or of one of its images. */
export interface SuiteProgram {
  /** Its file in the suite's folder. */
  readonly name: string;
  /** The Go package. */
  readonly package: string;
  /** Whether it is the package's tests. */
  readonly tests?: boolean;
}

/** The tests come first: they take longest, and compile what the others share. */
export const suitePrograms: readonly SuiteProgram[] = [
  { name: "e2e.test", package: "k8s.io/kubernetes/test/e2e", tests: true },
  { name: "ginkgo", package: "github.com/onsi/ginkgo/v2/ginkgo" },
  { name: "kubectl", package: "k8s.io/kubernetes/cmd/kubectl" },
  { name: "agnhost", package: "k8s.io/kubernetes/test/images/agnhost" },
  { name: "nnp", package: "k8s.io/kubernetes/test/images/nonewprivs" },
  { name: "consumer", package: "k8s.io/kubernetes/test/images/resource-consumer" },
  { name: "consume-cpu", package: "k8s.io/kubernetes/test/images/resource-consumer/consume-cpu" },
  { name: "sample-apiserver", package: "k8s.io/sample-apiserver" },
  { name: "etcd", package: "go.etcd.io/etcd/server/v3" },
];

/** Files of Kubernetes' sources that images hold: in the suite's folder by the last part of the name. */
export const suiteFiles: readonly string[] = [
  "test/images/agnhost/porter/localhost.crt",
  "test/images/agnhost/porter/localhost.key",
  "test/images/kitten/html/kitten.jpg",
  "test/images/nautilus/html/nautilus.jpg",
];
