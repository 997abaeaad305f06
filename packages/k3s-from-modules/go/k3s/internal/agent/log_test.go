package agent

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestLogIsPutAsideWhenItIsLarge(t *testing.T) {
	file := filepath.Join(t.TempDir(), "containerd.log")
	// What earlier starts have written counts, too.
	if err := os.WriteFile(file, []byte("old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, 51<<20); err != nil {
		t.Fatal(err)
	}
	log := boundedLog(file)
	defer log.Close()
	if _, err := log.Write([]byte("new\n")); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil || string(b) != "new\n" {
		t.Errorf("%q, %v", b, err)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		packed, err := filepath.Glob(filepath.Join(filepath.Dir(file), "containerd-*.log.gz"))
		if err != nil {
			t.Fatal(err)
		}
		if len(packed) == 1 {
			return
		}
		if time.Now().After(end) {
			t.Fatal("what was put aside was not packed")
		}
	}
}
