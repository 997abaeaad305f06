package agent

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestLogKeepsWhatOthersAdd(t *testing.T) {
	file := filepath.Join(t.TempDir(), "containerd.log")
	log, err := boundedLog(file)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(log, "one\n")
	other, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(other, "two\n")
	other.Close()
	io.WriteString(log, "three\n")
	if b, _ := os.ReadFile(file); string(b) != "one\ntwo\nthree\n" {
		t.Errorf("the log has %q", b)
	}
}
