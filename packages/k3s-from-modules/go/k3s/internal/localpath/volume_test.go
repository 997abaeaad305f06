package localpath

import (
	"encoding/json"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	storage "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

const root = "/var/lib/rancher/k3s/storage"

func class(change ...func(*storage.StorageClass)) *storage.StorageClass {
	wait, del := storage.VolumeBindingWaitForFirstConsumer, core.PersistentVolumeReclaimDelete
	c := &storage.StorageClass{
		ObjectMeta:  meta.ObjectMeta{Name: "local-path", Annotations: map[string]string{defaultVolumeTypeAnnotation: "local"}},
		Provisioner: ProvisionerName, Parameters: map[string]string{}, VolumeBindingMode: &wait, ReclaimPolicy: &del,
	}
	for _, f := range change {
		f(c)
	}
	return c
}

func parameter(name, value string) func(*storage.StorageClass) {
	return func(c *storage.StorageClass) { c.Parameters[name] = value }
}

func claim(name string, change ...func(*core.PersistentVolumeClaim)) *core.PersistentVolumeClaim {
	c := &core.PersistentVolumeClaim{ObjectMeta: meta.ObjectMeta{Name: name, Namespace: "x", UID: "uid", Annotations: map[string]string{}}}
	c.Spec.AccessModes = []core.PersistentVolumeAccessMode{core.ReadWriteOnce}
	c.Spec.Resources.Requests = core.ResourceList{core.ResourceStorage: resource.MustParse("1Gi")}
	for _, f := range change {
		f(c)
	}
	return c
}

func node(name string, change ...func(*core.Node)) *core.Node {
	n := &core.Node{ObjectMeta: meta.ObjectMeta{Name: name, Labels: map[string]string{core.LabelHostname: name}, Annotations: map[string]string{}}}
	n.Status.Conditions = []core.NodeCondition{{Type: core.NodeReady, Status: core.ConditionTrue}}
	for _, f := range change {
		f(n)
	}
	return n
}

func notReady(n *core.Node) { n.Status.Conditions[0].Status = core.ConditionUnknown }

func options(claim *core.PersistentVolumeClaim, class *storage.StorageClass) controller.ProvisionOptions {
	return controller.ProvisionOptions{StorageClass: class, PVName: "pvc-1", PVC: claim, SelectedNodeName: "agent1"}
}

func TestVolumeIsK3s(t *testing.T) {
	o := options(claim("data"), class())
	folder, err := folderFor(o)
	if err != nil || folder != "pvc-1_x_data" {
		t.Fatal(folder, err)
	}
	pv, err := newVolume(o, node("agent1"), root+"/"+folder)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(pv.Spec)
	want := `{"capacity":{"storage":"1Gi"},"local":{"path":"/var/lib/rancher/k3s/storage/pvc-1_x_data"},"accessModes":["ReadWriteOnce"],` +
		`"persistentVolumeReclaimPolicy":"Delete","volumeMode":"Filesystem","nodeAffinity":{"required":{"nodeSelectorTerms":[{"matchExpressions":` +
		`[{"key":"kubernetes.io/hostname","operator":"In","values":["agent1"]}]}]}}}`
	if string(b) != want {
		t.Errorf("%s", b)
	}
	if pv.Annotations["local.path.provisioner/selected-node"] != "agent1" {
		t.Error(pv.Annotations)
	}
	if got, err := folderOf(pv, root); got != folder || err != nil || hostOf(pv) != "agent1" {
		t.Errorf("read back: %q, %v, %q", got, err, hostOf(pv))
	}
}

func TestVolumeType(t *testing.T) {
	annotated := func(value string) func(*core.PersistentVolumeClaim) {
		return func(c *core.PersistentVolumeClaim) { c.Annotations["volumeType"] = value }
	}
	plain := func(c *storage.StorageClass) { c.Annotations = nil }
	for _, c := range []struct {
		name string
		o    controller.ProvisionOptions
		want string
	}{
		{"the class says local", options(claim("a"), class()), "local"},
		{"the claim wins", options(claim("a", annotated("hostPath")), class()), "hostPath"},
		{"in any case", options(claim("a", annotated("Local")), class(plain)), "local"},
		{"neither", options(claim("a"), class(plain)), "hostPath"},
	} {
		source, err := sourceFor(c.o, "/p")
		b, _ := json.Marshal(source)
		if err != nil || !strings.HasPrefix(string(b), `{"`+c.want+`":{"path":"/p"`) {
			t.Errorf("%s: %s, %v", c.name, b, err)
		}
	}
	if _, err := sourceFor(options(claim("a", annotated("nfs")), class()), "/p"); err == nil || !strings.Contains(err.Error(), `"nfs" is not known`) {
		t.Error(err)
	}
}

func TestPathPattern(t *testing.T) {
	for pattern, want := range map[string]string{
		"{{ .PVC.Namespace }}/{{ .PVC.Name }}/{{ .PVName }}":      "x/data/pvc-1",
		"{{ .PVC.Namespace }}/{{ .PVC.Name }}/":                   "x/data",
		"{{ .PVC.Namespace }}/{{ .PVC.Name }}/{{ .PVC.Labels.a}}": "x/data/b",
		"{{ .PVC.Name }}":                                      "",
		"{{ .PVC.Namespace }}/{{ .PVC.Name }}-2":               "",
		"{{ .PVC.Namespace }}/{{ .PVC.Name }}/../other":        "",
		"{{ .PVC.Namespace }}/{{ .PVC.Name }}/../../../../etc": "",
		"/etc": "", "": "", "{{": "", "{{ .Nothing }}": "",
	} {
		labelled := func(c *core.PersistentVolumeClaim) { c.Labels = map[string]string{"a": "b"} }
		got, err := folderFor(options(claim("data", labelled), class(parameter("pathPattern", pattern))))
		if got != want || (want == "") != (err != nil) {
			t.Errorf("%s: %q, %v", pattern, got, err)
		}
	}
}

func TestRefusedClaims(t *testing.T) {
	mode := func(m ...core.PersistentVolumeAccessMode) *core.PersistentVolumeClaim {
		return claim("a", func(c *core.PersistentVolumeClaim) { c.Spec.AccessModes = m })
	}
	for _, c := range []struct {
		claim *core.PersistentVolumeClaim
		class *storage.StorageClass
		want  string
	}{
		{mode(core.ReadWriteOnce, core.ReadWriteOncePod), class(parameter("nodePath", root)), ""},
		{mode(core.ReadWriteMany), class(), "access mode ReadWriteMany is not supported"},
		{mode(core.ReadWriteOnce, core.ReadOnlyMany), class(), "access mode ReadOnlyMany is not supported"},
		{claim("a", func(c *core.PersistentVolumeClaim) { c.Spec.Selector = &meta.LabelSelector{} }), class(), "selector"},
		{claim("a", func(c *core.PersistentVolumeClaim) {
			c.Spec.DataSourceRef = &core.TypedObjectReference{Kind: "VolumeSnapshot", Name: "s"}
		}), class(), "a copy of VolumeSnapshot s is not supported"},
		{claim("a"), class(parameter("nodePath", "/data")), "nodePath of StorageClass local-path is /data"},
	} {
		if err := check(c.claim, c.class, root); (c.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

func TestFoldersOfForeignVolumes(t *testing.T) {
	for path, want := range map[string]string{
		root + "/a": "a", root + "/a/b": "a/b", root + "/a/../b": "b", root + "//a": "a",
		root: "", root + "/": "", root + "/..": "", root + "/../etc": "", "/etc": "", "": "", "a": "", root + "x/a": "",
	} {
		pv := &core.PersistentVolume{}
		pv.Spec.HostPath = &core.HostPathVolumeSource{Path: path}
		if got, err := folderOf(pv, root); got != want || (want == "") != (err != nil) {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	if _, err := folderOf(&core.PersistentVolume{}, root); err == nil {
		t.Error("a volume without a path has a folder")
	}
}

func TestOverlap(t *testing.T) {
	for pair, want := range map[[2]string]bool{{"a", "a"}: true, {"a", "a/b"}: true, {"a/b", "a"}: true, {"a", "ab"}: false, {"a/b", "a/c"}: false} {
		if overlap(pair[0], pair[1]) != want {
			t.Error(pair)
		}
	}
}
