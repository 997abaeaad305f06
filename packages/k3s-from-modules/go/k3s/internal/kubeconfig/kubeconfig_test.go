package kubeconfig

import (
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"k3s-lab/k3s/internal/pki"
)

func TestBothForms(t *testing.T) {
	dir := t.TempDir()
	ca, err := pki.OpenAuthority(filepath.Join(dir, "ca"), "ca")
	if err != nil {
		t.Fatal(err)
	}
	c := Credentials{Server: "https://127.0.0.1:6443", CA: filepath.Join(dir, "ca.crt"), Client: filepath.Join(dir, "admin")}
	if err := ca.EnsureFile(c.Client, pki.Client("admin")); err != nil {
		t.Fatal(err)
	}
	files, data := filepath.Join(dir, "files.yaml"), filepath.Join(dir, "data.yaml")
	if err := c.WriteFiles(files); err != nil {
		t.Fatal(err)
	}
	if err := c.WriteData(data, 0o640); err != nil {
		t.Fatal(err)
	}
	for file, mode := range map[string]os.FileMode{files: 0o600, data: 0o640} {
		if info, _ := os.Stat(file); info.Mode().Perm() != mode {
			t.Errorf("%s: %v", file, info.Mode())
		}
		got, err := clientcmd.BuildConfigFromFlags("", file)
		if err != nil || got.Host != c.Server {
			t.Errorf("%s: %+v, %v", file, got, err)
		}
	}
}
