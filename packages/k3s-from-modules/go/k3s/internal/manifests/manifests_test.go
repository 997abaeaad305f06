package manifests

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
)

// mapper knows ConfigMaps, and Widgets once it was reset.
type mapper struct {
	*meta.DefaultRESTMapper
	resets int
}

func (m *mapper) Reset() {
	m.resets++
	m.Add(schema.GroupVersionKind{Group: "x.io", Version: "v1", Kind: "Widget"}, meta.RESTScopeRoot)
}

func deployer(dir string) (*Deployer, *mapper, func() []string) {
	m := &mapper{DefaultRESTMapper: meta.NewDefaultRESTMapper(nil)}
	m.Add(schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}, meta.RESTScopeNamespace)
	c := fake.NewSimpleDynamicClient(runtime.NewScheme())
	var patched []string
	c.PrependReactor("patch", "*", func(a clienttesting.Action) (bool, runtime.Object, error) {
		p := a.(clienttesting.PatchAction)
		patched = append(patched, p.GetNamespace()+"/"+p.GetResource().Resource+"/"+p.GetName())
		return true, &unstructured.Unstructured{Object: map[string]any{}}, nil
	})
	return &Deployer{Dir: dir, Client: c, Mapper: m}, m, func() []string { return patched }
}

const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"

func TestDeployAppliesChangesOnly(t *testing.T) {
	dir := t.TempDir()
	d, _, patched := deployer(dir)
	write := func(name, content string) { os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600) }
	write("a.yaml", configMap)
	write("b.txt", "not a manifest")
	write("c.yaml", strings.Replace(configMap, "name: a", "name: skipped", 1))
	write("c.yaml.skip", "")
	for range 2 {
		if err := d.Deploy(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	write("a.yaml", configMap+"data: {x: y}\n")
	if err := d.Deploy(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(patched(), " "); got != "default/configmaps/a default/configmaps/a" {
		t.Error(got)
	}
}

func TestDeployGoesOnAfterABadFile(t *testing.T) {
	dir := t.TempDir()
	d, _, patched := deployer(dir)
	os.WriteFile(filepath.Join(dir, "a.yaml"), []byte("kind: [\n"), 0o600)
	os.WriteFile(filepath.Join(dir, "b.yaml"), []byte(configMap), 0o600)
	if err := d.Deploy(context.Background()); err == nil || !strings.Contains(err.Error(), "a.yaml") {
		t.Error(err)
	}
	if len(patched()) != 1 {
		t.Error(patched())
	}
}

func TestKindThatComesLater(t *testing.T) {
	d, m, patched := deployer(t.TempDir())
	if n, err := d.Apply(context.Background(), []byte("apiVersion: x.io/v1\nkind: Widget\nmetadata: {name: w}\n")); n != 1 || err != nil {
		t.Error(n, err)
	}
	if m.resets != 1 || patched()[0] != "/widgets/w" {
		t.Error(m.resets, patched())
	}
}

func TestDecode(t *testing.T) {
	got, err := Decode([]byte("# a comment\n---\n" + configMap + "---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n---\n{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\"}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, o := range got {
		names = append(names, o.GetName())
	}
	if strings.Join(names, "") != "abc" {
		t.Error(names)
	}
	if _, err := Decode([]byte("metadata: {name: a}\n")); err == nil {
		t.Error("an object without a kind was accepted")
	}
}

func TestPackaged(t *testing.T) {
	for component, objects := range map[string]int{"coredns": 6, "rolebindings": 2} {
		b, err := Render(component, map[string]string{"CLUSTER_DNS": "10.43.0.10", "CLUSTER_DOMAIN": "cluster.local"})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "%{") {
			t.Errorf("%s: a variable is left", component)
		}
		if got, err := Decode(b); err != nil || len(got) != objects {
			t.Errorf("%s: %d objects, %v", component, len(got), err)
		}
	}
}

func TestStageAndUnstage(t *testing.T) {
	dir := t.TempDir()
	if err := Stage(dir, "rolebindings", nil); err != nil {
		t.Fatal(err)
	}
	if b, err := Unstage(dir, "rolebindings"); err != nil || len(b) == 0 {
		t.Errorf("%d, %v", len(b), err)
	}
	if b, err := Unstage(dir, "rolebindings"); err != nil || b != nil {
		t.Errorf("%d, %v", len(b), err)
	}
}
