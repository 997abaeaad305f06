package localpath

import (
	"context"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// ProvisionerName is what a StorageClass asks for, as in K3s.
const ProvisionerName = "rancher.io/local-path"

// Controller is the server's part.
type Controller struct {
	library     *controller.ProvisionController
	nodesSynced cache.InformerSynced
}

// New makes a controller over shared informers, for volumes below root.
func New(ctx context.Context, kube kubernetes.Interface, f informers.SharedInformerFactory, root string) *Controller {
	nodes, volumes := f.Core().V1().Nodes(), f.Core().V1().PersistentVolumes()
	p := &provisioner{
		root: root, nodes: nodes.Lister(), volumes: volumes.Lister(),
		orders: &dispatcher{kube: kube, nodes: nodes.Lister(), patience: time.Minute},
	}
	return &Controller{nodesSynced: nodes.Informer().HasSynced, library: controller.NewProvisionController(ctx, kube, ProvisionerName, p,
		controller.LeaderElection(false), // one server runs it at a time
		controller.VolumesInformer(volumes.Informer()),
		controller.RateLimiter(workqueue.NewTypedItemExponentialFailureRateLimiter[string](time.Second, 30*time.Second)),
		// Never gives up: a claim is served soon after a repair, and a node may be away for weeks.
		controller.FailedProvisionThreshold(0),
		controller.FailedDeleteThreshold(0),
		controller.CreateProvisionedPVLimiter(workqueue.NewTypedItemExponentialFailureRateLimiter[string](time.Second, 10*time.Second)),
	)}
}

// Run provisions and deletes volumes until ctx ends. A node that was only not seen yet would pass for one that is gone.
func (c *Controller) Run(ctx context.Context) {
	if cache.WaitForCacheSync(ctx.Done(), c.nodesSynced) {
		c.library.Run(ctx)
	}
}
