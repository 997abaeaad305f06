package manifests

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
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
	for component, objects := range map[string]int{"coredns": 8, "local-storage": 1, "rolebindings": 6} {
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

func TestDisabledIsDeletedFirstAndItsFileLast(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "coredns.yaml")
	os.WriteFile(file, []byte(configMap), 0o600)
	os.WriteFile(filepath.Join(dir, "other.yaml"), []byte(configMap), 0o600)
	var deletions []error
	deploy := func(answers ...error) ([]string, error) { // as a process of its own
		d, _, patched := deployer(dir)
		d.Disabled = []string{"coredns", "absent"}
		d.Client.(*fake.FakeDynamicClient).PrependReactor("delete", "*", func(clienttesting.Action) (bool, runtime.Object, error) {
			deletions = append(deletions, answers[0])
			return true, nil, answers[0]
		})
		err := d.Deploy(context.Background())
		return patched(), err
	}
	// It may be killed after this, or go on: the file stays until the objects are gone.
	patched, err := deploy(errors.New("the API is away"))
	if err == nil || !strings.Contains(err.Error(), "coredns.yaml: the API is away") || len(patched) != 1 {
		t.Error(patched, err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
	// The objects may be gone already: it was killed before it removed the file.
	if patched, err := deploy(apierrors.NewNotFound(schema.GroupResource{}, "a")); err != nil || len(patched) != 1 {
		t.Error(patched, err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the file is still there")
	}
	if _, err := deploy(nil); err != nil || len(deletions) != 2 {
		t.Error(deletions, err)
	}
}

func TestDisabledAndSkippedIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	d, _, patched := deployer(dir)
	d.Disabled = []string{"coredns"}
	for _, name := range []string{"coredns.yaml", "coredns.yaml.skip"} {
		os.WriteFile(filepath.Join(dir, name), []byte(configMap), 0o600)
	}
	if err := d.Deploy(context.Background()); err != nil || len(patched()) != 0 {
		t.Error(patched(), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "coredns.yaml")); err != nil {
		t.Error(err)
	}
}
