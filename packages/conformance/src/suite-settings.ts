import { stringify } from "yaml";

/** The keys of the file that KUBE_TEST_REPO_LIST names, for the registries of the images that are made. */
const registries = [
  "buildImageRegistry",
  "dockerLibraryRegistry",
  "gcEtcdRegistry",
  "gcRegistry",
  "promoterE2eRegistry",
  "sigStorageRegistry",
] as const;

/** Renders what tells the suite to take every image from one place: "multi:5000/e2e". */
export function renderRegistries(place: string): string {
  return stringify(Object.fromEntries(registries.map((key) => [key, place])));
}

/** The StorageClass whose volumes are tested. */
export const storageClass = "local-path";

/**
 * Renders what tells the suite which of its storage tests fit volumes of K3s' local-path: folders of one node, which
 * are no block devices, do not grow, have no snapshots, and are written by pods of their node only.
 */
export function renderTestDriver(): string {
  return stringify({
    StorageClass: { FromExistingClassName: storageClass },
    DriverInfo: {
      // Not the provisioner's, "rancher.io/local-path": the suite makes names of objects of it.
      Name: storageClass,
      RequiredAccessModes: ["ReadWriteOnce"],
      SupportedSizeRange: { Min: "1Mi" },
      Capabilities: {
        persistence: true,
        exec: true,
        fsGroup: true,
        multipods: true,
        // The suite makes the second volume without the node that a local volume must have.
        multiplePVsSameID: false,
        readWriteOncePod: true,
        singleNodeVolume: true,
        block: false,
        capacity: false,
        controllerExpansion: false,
        nodeExpansion: false,
        RWX: false,
        snapshotDataSource: false,
        topology: false,
        volumeLimits: false,
      },
      StressTestOptions: { NumPods: 5, NumRestarts: 3 },
    },
  });
}
