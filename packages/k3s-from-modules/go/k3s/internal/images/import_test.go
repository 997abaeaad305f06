package images

import (
	"os"
	"path/filepath"
	"testing"
)

func TestArchives(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.tar", "b.tar.gz", "c.tar.zst", "d.txt", ".part", "e.tar.part"} {
		os.WriteFile(filepath.Join(dir, name), nil, 0o600)
	}
	os.Mkdir(filepath.Join(dir, "dir.tar"), 0o700)
	got, err := Archives(dir)
	if err != nil || len(got) != 3 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestOnlyMetricsCanWait(t *testing.T) {
	for name, want := range map[string]bool{
		"k3s-airgap-metrics-amd64.tar": true, "k3s-airgap-metrics-arm64.tar.zst": true,
		"k3s-airgap-images-amd64.tar": false, "k3s-airgap-registry-amd64.tar": false, "metrics.tar": false,
	} {
		if got := canWait(filepath.Join("/images", name)); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
