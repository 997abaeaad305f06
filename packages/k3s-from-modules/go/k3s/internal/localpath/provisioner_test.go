package localpath

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// cluster is a server's part and, where it was asked to serve, the nodes'.
type cluster struct {
	t    *testing.T
	ctx  context.Context
	kube *fake.Clientset
	p    *provisioner
}

func start(t *testing.T, objects ...runtime.Object) *cluster {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	kube := fake.NewClientset(objects...)
	f := informers.NewSharedInformerFactory(kube, 0)
	nodes, volumes := f.Core().V1().Nodes().Lister(), f.Core().V1().PersistentVolumes().Lister()
	f.Start(ctx.Done())
	f.WaitForCacheSync(ctx.Done())
	p := &provisioner{root: filepath.Join(t.TempDir(), "storage"), nodes: nodes, volumes: volumes,
		orders: &dispatcher{kube: kube, nodes: nodes, patience: 10 * time.Second}}
	return &cluster{t, ctx, kube, p}
}

// serve is a node's process.
func (c *cluster) serve(name string) {
	go Serve(c.ctx, c.kube, c.kube, name, Folders{Root: c.p.root})
}

// orders are agent1's, as text.
func (c *cluster) orders() string {
	m, err := c.kube.CoreV1().ConfigMaps("kube-system").Get(c.ctx, ordersName, meta.GetOptions{})
	if apierrors.IsNotFound(err) {
		return ""
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return m.Data["agent1"]
}

func eventually(t *testing.T, what string, right func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !right(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: never", what)
		}
	}
}

func TestFolderComesBeforeTheVolumeAndGoesWithIt(t *testing.T) {
	c := start(t, node("agent1"))
	c.serve("agent1")
	pv, state, err := c.p.Provision(c.ctx, options(claim("data"), class()))
	if err != nil || state != controller.ProvisioningFinished {
		t.Fatal(state, err)
	}
	path := filepath.Join(c.p.root, "pvc-1_x_data")
	if pv.Spec.Local.Path != path || mode(t, path) != 0o777 {
		t.Errorf("%s, %o", pv.Spec.Local.Path, mode(t, path))
	}
	put(t, filepath.Join(path, "file"), "")
	if err := c.p.Delete(c.ctx, pv); err != nil || !gone(path) {
		t.Error(err)
	}
	if orders := c.orders(); orders != "" {
		t.Errorf("an order is left: %s", orders)
	}
}

func TestNodeThatIsAway(t *testing.T) {
	c := start(t, node("agent1", notReady))
	_, state, err := c.p.Provision(c.ctx, options(claim("data"), class()))
	if state != controller.ProvisioningReschedule || err == nil || !strings.Contains(err.Error(), "node agent1 is not Ready") {
		t.Error(state, err)
	}
	pv, _ := newVolume(options(claim("data"), class()), node("agent1"), c.p.root+"/a")
	if err := c.p.Delete(c.ctx, pv); err == nil || !strings.Contains(err.Error(), "folder a is not removed yet: node agent1 is not Ready") {
		t.Error(err)
	}
	o := options(claim("data"), class())
	o.SelectedNodeName = "nobody"
	if _, state, err := c.p.Provision(c.ctx, o); state != controller.ProvisioningReschedule || err == nil {
		t.Error(state, err)
	}
}

func TestNodeThatDoesNotAnswer(t *testing.T) {
	c := start(t, node("agent1"))
	c.p.orders.patience = 50 * time.Millisecond
	_, state, err := c.p.Provision(c.ctx, options(claim("data"), class()))
	if state != controller.ProvisioningReschedule || err == nil || !strings.Contains(err.Error(), "has not answered within 50ms") {
		t.Error(state, err)
	}
	// What nobody waits for is not done when the node comes back.
	if orders := c.orders(); orders != "" {
		t.Errorf("an order is left: %s", orders)
	}
}

func TestNodeThatCannot(t *testing.T) {
	c := start(t, node("agent1"))
	c.serve("agent1")
	long := claim(strings.Repeat("n", 250))
	_, state, err := c.p.Provision(c.ctx, options(long, class()))
	if state != controller.ProvisioningFinished || err == nil || !strings.Contains(err.Error(), "node agent1: ") || !strings.Contains(err.Error(), "file name too long") {
		t.Error(state, err)
	}
}

func TestNodeThatKeepsItsVolumesElsewhere(t *testing.T) {
	c := start(t, node("agent1"))
	c.serve("agent1")
	before := c.p.root
	c.p.root = "/elsewhere"
	_, _, err := c.p.Provision(c.ctx, options(claim("data"), class()))
	if err == nil || !strings.Contains(err.Error(), "the server expects /elsewhere. Restart K3s on this node") || !gone(before) {
		t.Error(err)
	}
}

func TestNodeThatWasDeleted(t *testing.T) {
	c := start(t)
	pv, _ := newVolume(options(claim("data"), class()), node("agent1"), c.p.root+"/a")
	if err := c.p.Delete(c.ctx, pv); err != nil {
		t.Error(err)
	}
}

func TestVolumesOutsideAreLeftAlone(t *testing.T) {
	c := start(t, node("agent1"))
	c.serve("agent1")
	outside := t.TempDir()
	put(t, filepath.Join(outside, "precious"), "")
	for _, path := range []string{outside, c.p.root, c.p.root + "/../" + filepath.Base(outside)} {
		pv, _ := newVolume(options(claim("data"), class()), node("agent1"), path)
		if err := c.p.Delete(c.ctx, pv); err == nil || !strings.Contains(err.Error(), "is not below") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if gone(filepath.Join(outside, "precious")) {
		t.Error("removed")
	}
}

func TestFolderThatIsAnotherVolumesToo(t *testing.T) {
	pattern := class(parameter("pathPattern", "{{ .PVC.Namespace }}/{{ .PVC.Name }}/"))
	existing := func(path string, policy core.PersistentVolumeReclaimPolicy) *core.PersistentVolume {
		pv, _ := newVolume(options(claim("data"), class()), node("agent1"), path)
		pv.Name, pv.Spec.PersistentVolumeReclaimPolicy = "old", policy
		return pv
	}
	for _, c := range []struct {
		name    string
		folder  string
		policy  core.PersistentVolumeReclaimPolicy
		refused bool
	}{
		{"that will be removed", "x/data", core.PersistentVolumeReclaimDelete, true},
		{"that is retained", "x/data", core.PersistentVolumeReclaimRetain, false},
		{"that is retained around it", "x", core.PersistentVolumeReclaimRetain, true},
		{"that is retained in it", "x/data/sub", core.PersistentVolumeReclaimRetain, true},
	} {
		w := start(t, node("agent1"))
		w.serve("agent1")
		old := existing(filepath.Join(w.p.root, c.folder), c.policy)
		if _, err := w.kube.CoreV1().PersistentVolumes().Create(w.ctx, old, meta.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the old volume is known", func() bool { _, err := w.p.volumes.Get("old"); return err == nil })
		pv, _, err := w.p.Provision(w.ctx, options(claim("data"), pattern))
		if (err != nil) != c.refused || c.refused && !strings.Contains(err.Error(), "still belongs to volume old") {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.refused {
			continue
		}
		if err := w.p.Delete(w.ctx, pv); err == nil || !strings.Contains(err.Error(), "also belongs to volume old") {
			t.Errorf("%s: deleted: %v", c.name, err)
		}
	}
}

func TestOrderOutlivesTheNodesProcess(t *testing.T) {
	c := start(t, node("agent1"))
	os.MkdirAll(filepath.Join(c.p.root, "a"), 0o755)
	done := make(chan error, 1)
	go func() {
		done <- c.p.orders.send(c.ctx, "agent1", order{Do: removeFolder, Folder: "a", Below: c.p.root})
	}()
	eventually(t, "the order", func() bool { return c.orders() != "" })
	c.serve("agent1")
	if err := <-done; err != nil || !gone(filepath.Join(c.p.root, "a")) {
		t.Error(err)
	}
}

// The folder may be another volume's by now.
func TestWhatTheProcessBeforeHasAnsweredIsNotDoneAgain(t *testing.T) {
	answered := func(n *core.Node) { n.Annotations[answersAnnotation] = `{"old":"","older":"x"}` }
	c := start(t, node("agent1", answered))
	os.MkdirAll(filepath.Join(c.p.root, "b"), 0o755)
	err := c.p.orders.write(c.ctx, "agent1", func(open map[string]order) {
		open["old"] = order{Do: removeFolder, Folder: "b", Below: c.p.root}
		open["new"] = order{Do: makeFolder, Folder: "c", Below: c.p.root}
	})
	if err != nil {
		t.Fatal(err)
	}
	c.serve("agent1")
	eventually(t, "the new answer, and no forgotten one", func() bool {
		n, err := c.kube.CoreV1().Nodes().Get(c.ctx, "agent1", meta.GetOptions{})
		return err == nil && n.Annotations[answersAnnotation] == `{"new":"","old":""}`
	})
	if gone(filepath.Join(c.p.root, "b")) {
		t.Error("an order was carried out twice")
	}
}

func TestOrdersOfAnEarlierServerGo(t *testing.T) {
	c := start(t, node("agent1"))
	earlier := &dispatcher{kube: c.kube}
	if err := earlier.write(c.ctx, "agent1", func(open map[string]order) { open["old"] = order{Do: removeFolder, Folder: "a"} }); err != nil || c.orders() == "" {
		t.Fatal(err)
	}
	if err := c.p.orders.write(c.ctx, "multi", func(open map[string]order) { open["new"] = order{} }); err != nil || c.orders() != "" {
		t.Error(c.orders(), err)
	}
}

// It takes the library a quarter of an hour to give up; what it is told can be read.
func TestNothingIsGivenUp(t *testing.T) {
	kube := fake.NewClientset()
	library := reflect.ValueOf(New(context.Background(), kube, informers.NewSharedInformerFactory(kube, 0), root).library).Elem()
	for _, name := range []string{"failedProvisionThreshold", "failedDeleteThreshold"} {
		if got := library.FieldByName(name).Int(); got != 0 {
			t.Errorf("%s is %d", name, got)
		}
	}
}

// The library is upstream's; this is about what it is told.
func TestControllerBindsEventsToClaims(t *testing.T) {
	wanted := func(name string, uid types.UID, change ...func(*core.PersistentVolumeClaim)) *core.PersistentVolumeClaim {
		pvc := claim(name, change...)
		pvc.UID, pvc.Spec.StorageClassName = uid, &class().Name
		pvc.Annotations["volume.kubernetes.io/storage-provisioner"] = ProvisionerName
		pvc.Annotations["volume.kubernetes.io/selected-node"] = "agent1"
		return pvc
	}
	block := core.PersistentVolumeBlock
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	kube := fake.NewClientset(node("agent1"), class(), wanted("good", "uid-1"),
		wanted("many", "uid-2", func(c *core.PersistentVolumeClaim) {
			c.Spec.AccessModes = []core.PersistentVolumeAccessMode{core.ReadWriteMany}
		}),
		wanted("copy", "uid-4", func(c *core.PersistentVolumeClaim) {
			c.Spec.DataSourceRef = &core.TypedObjectReference{Kind: "PersistentVolumeClaim", Name: "good"}
		}),
		wanted("block", "uid-3", func(c *core.PersistentVolumeClaim) { c.Spec.VolumeMode = &block }))
	dir := filepath.Join(t.TempDir(), "storage")
	f := informers.NewSharedInformerFactory(kube, 0)
	go New(ctx, kube, f, dir).Run(ctx)
	f.Start(ctx.Done())
	go Serve(ctx, kube, kube, "agent1", Folders{Root: dir})

	volume := func() (*core.PersistentVolume, error) {
		return kube.CoreV1().PersistentVolumes().Get(ctx, "pvc-uid-1", meta.GetOptions{})
	}
	eventually(t, "a volume", func() bool { _, err := volume(); return err == nil })
	pv, _ := volume()
	if pv.Annotations["pv.kubernetes.io/provisioned-by"] != ProvisionerName || pv.Spec.StorageClassName != "local-path" || pv.Spec.ClaimRef.Name != "good" || len(pv.Finalizers) != 0 {
		t.Errorf("%+v", pv)
	}
	events := func(claim, text string) bool {
		list, err := kube.CoreV1().Events("x").List(ctx, meta.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list.Items {
			if e.InvolvedObject.Name == claim && e.Reason == "ProvisioningFailed" && e.Type == core.EventTypeWarning && strings.Contains(e.Message, text) {
				return true
			}
		}
		return false
	}
	eventually(t, "the event of ReadWriteMany", func() bool { return events("many", "ReadWriteMany is not supported") })
	eventually(t, "the event of a copy", func() bool { return events("copy", "a copy of PersistentVolumeClaim good is not supported") })
	eventually(t, "the event of a block device", func() bool { return events("block", "does not support block volume") })

	pv.Status.Phase = core.VolumeReleased
	if _, err := kube.CoreV1().PersistentVolumes().UpdateStatus(ctx, pv, meta.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the volume", func() bool { _, err := volume(); return err != nil })
	if !gone(pv.Spec.Local.Path) {
		t.Error("the folder outlived its volume")
	}
}
